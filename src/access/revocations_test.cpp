#include "access/revocations.hpp"

#include <gtest/gtest.h>

namespace filegate::access {
namespace {

WallTime at(std::int64_t second) {
    return WallTime(seconds(second));
}

TEST(revocations, a_token_is_known_by_its_id_and_no_other) {
    Revocations revocations;
    ASSERT_TRUE(revocations.add({.token_id = "one"}, at(100)));
    PrincipalId const ann("ann");
    EXPECT_TRUE(revocations.is_revoked("one", ann, at(50)));
    EXPECT_TRUE(revocations.is_revoked("one", ann, at(500)));
    EXPECT_FALSE(revocations.is_revoked("two", ann, at(50)));
    EXPECT_FALSE(revocations.is_revoked("", ann, at(50)));
    EXPECT_FALSE(revocations.is_revoked("two", PrincipalId("one"), at(50)));
}

TEST(revocations, a_subject_loses_what_it_was_given_before_a_time_and_gets_new_ones) {
    Revocations revocations;
    ASSERT_TRUE(
        revocations.add({.subject = PrincipalId("ann"), .issued_before = at(100)}, at(100)));
    EXPECT_TRUE(revocations.is_revoked("x", PrincipalId("ann"), at(99)));
    EXPECT_TRUE(revocations.is_revoked("x", PrincipalId("ann"), std::nullopt));
    EXPECT_FALSE(revocations.is_revoked("x", PrincipalId("ann"), at(100)));
    EXPECT_FALSE(revocations.is_revoked("x", PrincipalId("ben"), at(99)));
    EXPECT_FALSE(revocations.is_revoked("ann", PrincipalId("ben"), at(99)));
}

TEST(revocations, a_weaker_one_takes_nothing_back) {
    Revocations revocations;
    PrincipalId const ann("ann");
    ASSERT_TRUE(revocations.add({.subject = ann, .issued_before = at(100)}, at(100)));
    ASSERT_TRUE(
        revocations.add({.subject = ann, .issued_before = at(5), .until = at(200)}, at(100)));
    ASSERT_TRUE(revocations.add({.token_id = "other"}, at(300)));
    EXPECT_TRUE(revocations.is_revoked("x", ann, at(99)));
}

TEST(revocations, are_bounded_and_those_that_are_over_make_room) {
    Revocations revocations;
    for (std::size_t i = 0; i < revocations_max; ++i) {
        ASSERT_TRUE(revocations.add({.token_id = std::to_string(i), .until = at(200)}, at(100)));
    }
    auto const refused = revocations.add({.token_id = "one more"}, at(199));
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_TRUE(revocations.is_revoked("0", PrincipalId("a"), {})) << "none was pushed out";
    EXPECT_TRUE(revocations.add({.token_id = "one more"}, at(200)));
    EXPECT_TRUE(revocations.is_revoked("one more", PrincipalId("a"), {}));
}

}  // namespace
}  // namespace filegate::access
