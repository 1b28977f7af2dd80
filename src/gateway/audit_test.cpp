#include "gateway/audit.hpp"

#include <gtest/gtest.h>

#include "access/access_fakes.hpp"
#include "base/sim_loop.hpp"
#include "catalog/audit_verify.hpp"
#include "catalog/interposed_catalog.hpp"
#include "catalog/memory_catalog.hpp"

namespace filegate::gateway {
namespace {

class FailingCatalog final : public catalog::InterposedCatalog {
public:
    using InterposedCatalog::InterposedCatalog;
    bool fails = false;
    int calls = 0;

private:
    Task<Result<void>> before() override {
        ++calls;
        if (fails) co_return fail(ErrorCode::database_error, "the catalog is read-only");
        co_return {};
    }
};

class AuditTest : public testing::Test {
protected:
    ~AuditTest() override { stop(); }

    void start(AuditOptions options = {}, AuditLimits limits = {}) {
        audit_.emplace(AuditParts{.book = catalog_,
                                  .clock = loop_,
                                  .log = observe::silent_log(),
                                  .background = loop_},
                       options, limits);
        loop_.post([this] { audit_->run_periodically(); });
    }
    static Task<Done> stop_audit(Audit& audit) {
        co_await audit.stop();
        co_return Done();
    }
    void stop() {
        if (audit_) loop_.run_task(stop_audit(*audit_));
        audit_.reset();
    }
    void pass(milliseconds time) { loop_.run(loop_.monotonic_now() + time); }
    std::vector<catalog::EventRecord> rows() {
        std::vector<catalog::EventRecord> found;
        for (auto& row : loop_.run_task(real_->audit_page({.limit = 10'000})).value().rows)
            found.push_back(std::move(row.event));
        return found;
    }
    // A stranger's request that is refused.
    void knock(std::string const& address, ErrorCode code = ErrorCode::invalid_token,
               std::string message = "the signature is wrong", std::string what = "GET /v1/files") {
        audit_->note_refusal(
            {.door = "http", .peer_address = address, .request = RequestId("req-1")}, PrincipalId(),
            {.code = code, .message = std::move(message)}, std::move(what));
    }
    void read_as(std::string const& principal, std::string const& file) {
        auto event =
            event_of(access::PrincipalFake::named(principal), "file.downloaded", loop_.wall_now());
        event.file = FileId(file);
        audit_->note(std::move(event));
    }

    SimLoop loop_;
    std::unique_ptr<catalog::Catalog> real_ = catalog::make_memory_catalog();
    FailingCatalog catalog_{*real_};
    std::optional<Audit> audit_;
};

TEST_F(AuditTest, what_is_recorded_is_there_when_the_call_returns) {
    start();
    auto const caller = access::PrincipalFake::local().seen_at(
        {.door = "http", .peer_address = "::1", .request = RequestId("req-7")});
    auto event = event_of(caller, "path.allowed", loop_.wall_now());
    event.subject = "/app/a.txt";
    ASSERT_TRUE(loop_.run_task(audit_->record(event)));
    auto const found = rows();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].principal, PrincipalId("local"));
    EXPECT_EQ(found[0].peer_address, "::1");
    EXPECT_EQ(found[0].request, RequestId("req-7"));
}

TEST_F(AuditTest, what_cannot_be_recorded_is_told) {
    start();
    catalog_.fails = true;
    EXPECT_FALSE(loop_.run_task(audit_->record({.action = "path.allowed"})));
}

TEST_F(AuditTest, a_refusal_is_written_soon_and_without_anybody_waiting) {
    start();
    pass(milliseconds(10));
    auto const calls = catalog_.calls;
    knock("10.0.0.1");
    EXPECT_EQ(catalog_.calls, calls);
    pass(milliseconds(300));
    auto const found = rows();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].action, "authentication.refused");
    EXPECT_EQ(found[0].outcome, "refused");
    EXPECT_EQ(found[0].error_code, 2002);
    EXPECT_EQ(found[0].peer_address, "10.0.0.1");
}

TEST_F(AuditTest, nothing_of_what_was_said_about_credentials_is_kept) {
    start();
    using enum ErrorCode;
    for (auto const code : {unauthorized, invalid_token, token_expired})
        knock("10.0.0.1", code, "no token looks like eyJhbGciOi.secret");
    pass(seconds(1));
    ASSERT_EQ(rows().size(), 3U);
    for (auto const& row : rows())
        EXPECT_FALSE(row.detail.contains("secret")) << row.detail;
}

TEST_F(AuditTest, only_decisions_about_security_are_refusals) {
    start();
    using enum ErrorCode;
    for (auto const code : {validation_failed, file_not_found, digest_mismatch, upload_failed,
                            unexpected_error, overloaded, store_full}) {
        knock("10.0.0.1", code);
    }
    pass(seconds(1));
    EXPECT_EQ(rows().size(), 0U);
    for (auto const& row : error_table()) {
        if (category(row.code) == ErrorCategory::access) {
            EXPECT_TRUE(refusal_action(row.code)) << row.name;
        }
    }
    for (auto const code : {invalid_file_type, malicious_file, invalid_extension, unchecked_file,
                            scanner_unavailable}) {
        EXPECT_EQ(refusal_action(code), "content.refused");
    }
    EXPECT_EQ(refusal_action(invalid_path), "path.refused");
}

TEST_F(AuditTest, repetitions_are_one_count_at_the_end_of_the_minute) {
    start();
    for (int i = 0; i < 1000; ++i)
        knock("10.0.0.1");
    pass(seconds(1));
    EXPECT_EQ(rows().size(), 1U);
    pass(seconds(61));
    auto const found = rows();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].detail, "999 more like this in a minute");
    EXPECT_EQ(found[1].error_code, 2002);
    pass(seconds(180));
    EXPECT_EQ(rows().size(), 2U) << "nothing is told twice";
    knock("10.0.0.1");
    pass(seconds(1));
    EXPECT_EQ(rows().size(), 3U) << "the next minute begins anew";
}

TEST_F(AuditTest, a_flood_of_strangers_writes_a_bounded_number_of_rows_and_their_count) {
    start({}, {.strangers_max = 10});
    for (int i = 0; i < 5000; ++i)
        knock(fmt::format("10.0.{}.{}", i / 250, i % 250));
    read_as("ann", "file-1");
    pass(seconds(61));
    auto const found = rows();
    ASSERT_EQ(found.size(), 12U);
    EXPECT_EQ(found[10].principal, PrincipalId("ann")) << "strangers do not crowd principals out";
    EXPECT_EQ(found[11].action, "trail.dropped");
    EXPECT_TRUE(found[11].detail.starts_with("4990 more"));
}

TEST_F(AuditTest, one_address_and_one_principal_have_a_share_each) {
    start({}, {.strangers_max = 10, .stranger_max = 2, .principals_max = 10, .principal_max = 3});
    for (int i = 0; i < 50; ++i) {
        knock("10.0.0.1", ErrorCode::invalid_token, "", fmt::format("GET /{}", i));
        read_as("ann", fmt::format("file-{}", i));
    }
    knock("10.0.0.2");
    read_as("ben", "file-1");
    pass(seconds(1));
    auto const found = rows();
    EXPECT_EQ(found.size(), 7U);
    EXPECT_EQ(std::ranges::count(found, PrincipalId("ben"), &catalog::EventRecord::principal), 1);
    EXPECT_EQ(std::ranges::count(found, "10.0.0.2", &catalog::EventRecord::peer_address), 1);
}

TEST_F(AuditTest, strangers_text_is_bounded_and_made_printable) {
    start();
    knock("10.0.0.1", ErrorCode::invalid_path, std::string(100'000, 'x'),
          "a\nb\x1b[31m" + std::string(100'000, 'y'));
    pass(seconds(1));
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_LT(rows()[0].detail.size(), 600U);
    EXPECT_LT(rows()[0].subject.size(), 600U);
    EXPECT_EQ(rows()[0].subject.find_first_of("\n\x1b"), std::string::npos);
}

TEST_F(AuditTest, what_waits_is_written_when_it_stops) {
    start();
    pass(milliseconds(10));
    knock("10.0.0.1");
    knock("10.0.0.1");
    stop();
    EXPECT_EQ(rows().size(), 2U);
}

TEST_F(AuditTest, a_trail_that_cannot_be_written_for_a_while_stops_nothing) {
    start();
    catalog_.fails = true;
    knock("10.0.0.1");
    pass(seconds(5));
    catalog_.fails = false;
    knock("10.0.0.2");
    pass(seconds(1));
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].peer_address, "10.0.0.2");
}

TEST_F(AuditTest, retention_cuts_by_rows_and_by_age) {
    for (int i = 0; i < 25'000; ++i)
        ASSERT_TRUE(loop_.run_task(real_->add_event({.at = loop_.wall_now(), .action = "x"})));
    start({.retention = seconds(3600), .rows_max = 1000});
    pass(seconds(1));
    EXPECT_LE(rows().size(), 1003U);
    EXPECT_EQ(rows().back().action, "trail.cut");
    pass(seconds(3600 + 1200));
    EXPECT_LE(rows().size(), 10U);
    EXPECT_FALSE(loop_.run_task(catalog::verify_audit(*real_)).value().broken);
}

}  // namespace
}  // namespace filegate::gateway
