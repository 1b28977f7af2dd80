#include "delivery/signed_token.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "delivery/fake_world.hpp"

namespace filegate::delivery {
namespace {

Account glm(std::string key) {
    return {&contract_named("glm"), AccountName("main"), Secret(std::move(key)), "https://glm/v4"};
}

TEST(signed_token, is_that_of_the_documented_vector) {
    EXPECT_EQ(
        sign_token("0123456789abcdef.SeCrEt0123456789", WallTime(milliseconds(1700000000000))),
        "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ."
        "eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZiIsImV4cCI6MTcwMDAwMDIxMDAwMCwidGltZXN0YW1wIjox"
        "NzAwMDAwMDAwMDAwfQ.C3TaljMna5FJknyNQaqqaee3viAlyeq5AS7fzXeUx0k");
}

TEST(signed_token, a_key_of_another_form_is_not_signed) {
    for (auto const* const key : {"", "plain", ".secret", "id.", "a.b.c", "i\"d.secret", "i d.s"})
        EXPECT_EQ(sign_token(key, WallTime()), std::nullopt) << key;
}

TEST(signed_token, one_token_serves_180_seconds) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto const account = glm("id.secret");
    auto const first = tokens.token_of(account);
    loop.run(MonotonicTime(milliseconds(179'999)));
    EXPECT_EQ(tokens.token_of(account), first);
    loop.run(MonotonicTime(seconds(180)));
    EXPECT_NE(tokens.token_of(account), first);
}

TEST(signed_token, a_wall_clock_that_jumps_does_not_keep_an_old_token_in_use) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto const account = glm("id.secret");
    auto const first = tokens.token_of(account);
    loop.jump_wall(-std::chrono::hours(5));
    loop.run(MonotonicTime(seconds(181)));
    EXPECT_NE(tokens.token_of(account), first);
}

TEST(signed_token, a_refused_fresh_token_is_signed_anew_only_when_clocks_differ) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto const account = glm("id.secret");
    tokens.token_of(account);
    EXPECT_FALSE(tokens.renew(account, tokens.token_of(account).value(), std::nullopt))
        << "nothing would be different";
    EXPECT_FALSE(
        tokens.renew(account, tokens.token_of(account).value(), loop.wall_now() + seconds(10)));
    EXPECT_TRUE(
        tokens.renew(account, tokens.token_of(account).value(), loop.wall_now() - seconds(600)));
    EXPECT_EQ(tokens.token_of(account), sign_token("id.secret", loop.wall_now() - seconds(600)));
    EXPECT_FALSE(
        tokens.renew(account, tokens.token_of(account).value(), loop.wall_now() - seconds(600)))
        << "that is known by now";
    EXPECT_TRUE(tokens.renew(account, tokens.token_of(account).value(), loop.wall_now()))
        << "the clock was put right";
    EXPECT_EQ(tokens.token_of(account), sign_token("id.secret", loop.wall_now()));
}

TEST(signed_token, a_refusal_of_an_older_token_leaves_the_newer_one_alone) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto const account = glm("id.secret");
    auto const old = tokens.token_of(account).value();
    EXPECT_TRUE(tokens.renew(account, old, loop.wall_now() - seconds(600)));
    auto const good = tokens.token_of(account);
    EXPECT_TRUE(tokens.renew(account, old, loop.wall_now() - seconds(600)));
    EXPECT_EQ(tokens.token_of(account), good);
}

TEST(signed_token, an_aged_one_that_is_refused_is_signed_anew) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto const account = glm("id.secret");
    tokens.token_of(account);
    loop.run(MonotonicTime(seconds(100)));
    EXPECT_TRUE(tokens.renew(account, tokens.token_of(account).value(), std::nullopt));
}

TEST(signed_token, accounts_do_not_share_tokens) {
    SimLoop loop;
    SignedTokens tokens(loop);
    auto other = glm("other.secret");
    other.name = AccountName("second");
    EXPECT_NE(tokens.token_of(glm("id.secret")), tokens.token_of(other));
}

}  // namespace
}  // namespace filegate::delivery
