#include "catalog/audit_chain.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::catalog {
namespace {

EventRecord event_with(std::string principal, std::string action) {
    return {.at = WallTime(milliseconds(1'700'000'000'123)),
            .principal = PrincipalId(std::move(principal)),
            .action = std::move(action),
            .subject = "s",
            .outcome = "done",
            .detail = ""};
}

// Kept for ever: whoever verifies an export with a program of their own relies on it.
TEST(audit_chain, the_hash_of_a_row_is_what_the_format_says) {
    std::string text = "16:filegate-audit-164:" + std::string(64, '0') + "1:113:1700000000123";
    text += "3:ann4:http9:127.0.0.15:req-112:file.created5:a.pdf6:file-14:done1:07:bytes=1";
    auto event = event_with("ann", "file.created");
    event.subject = "a.pdf";
    event.detail = "bytes=1";
    event.door = "http";
    event.peer_address = "127.0.0.1";
    event.request = RequestId("req-1");
    event.file = FileId("file-1");
    EXPECT_EQ(chain_hash(chain_start(), event), sha256(text).hex());
}

TEST(audit_chain, text_that_moves_from_one_field_to_the_next_is_another_row) {
    EXPECT_NE(chain_hash(chain_start(), event_with("ann", "1:x")),
              chain_hash(chain_start(), event_with("ann1:", "x")));
    auto moved = event_with("a", "b");
    moved.door = moved.principal.text();
    moved.principal = PrincipalId();
    EXPECT_NE(chain_hash(chain_start(), event_with("a", "b")), chain_hash(chain_start(), moved));
}

TEST(audit_chain, a_row_depends_on_its_place) {
    auto const event = event_with("ann", "x");
    ChainLink const other{.id = 1, .hash = chain_start().hash};
    EXPECT_NE(chain_hash(chain_start(), event), chain_hash(other, event));
}

TEST(audit_chain, a_trail_whose_front_was_taken_by_somebody_else_is_broken) {
    ChainLink const anchor{.id = 3, .hash = std::string(64, 'a')};
    ChainCheck check(anchor);
    AuditRow const row{
        .id = 4, .event = event_with("", "x"), .hash = chain_hash(anchor, event_with("", "x"))};
    EXPECT_FALSE(check.take(row));
    auto const broken = check.finish({.anchor = anchor, .head = {.id = 4, .hash = row.hash}});
    ASSERT_TRUE(broken);
    EXPECT_EQ(broken->id, 3);
}

}  // namespace
}  // namespace filegate::catalog
