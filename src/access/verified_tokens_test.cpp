#include "access/verified_tokens.hpp"

#include <gtest/gtest.h>

namespace filegate::access {
namespace {

MonotonicTime at(std::int64_t second) {
    return MonotonicTime(seconds(second));
}

TEST(verified_tokens, are_found_for_ten_seconds_and_with_the_keys_they_were_checked_with) {
    VerifiedTokens tokens(64);
    auto const digest = sha256("one");
    EXPECT_FALSE(tokens.find(digest, 1, at(0)));
    tokens.keep(digest, {.subject = PrincipalId("ann")}, 1, at(0));
    EXPECT_EQ(tokens.find(digest, 1, at(9))->subject.text(), "ann");
    EXPECT_FALSE(tokens.find(digest, 1, at(10)));
    EXPECT_FALSE(tokens.find(digest, 2, at(1)));
    EXPECT_FALSE(tokens.find(sha256("two"), 1, at(1)));
    tokens.keep(digest, {.subject = PrincipalId("ben")}, 2, at(10));
    EXPECT_EQ(tokens.find(digest, 2, at(11))->subject.text(), "ben");
    EXPECT_EQ(tokens.size(), 1U);
}

TEST(verified_tokens, are_bounded_however_many_come) {
    VerifiedTokens tokens(64);
    for (int i = 0; i < 10'000; ++i) {
        tokens.keep(sha256(std::to_string(i)), {}, 1, at(i));
        ASSERT_LE(tokens.size(), 64U);
    }
    EXPECT_TRUE(tokens.find(sha256("9999"), 1, at(9999)));
}

}  // namespace
}  // namespace filegate::access
