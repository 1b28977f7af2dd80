#include "access/token_issuer.hpp"

#include <gtest/gtest.h>

#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

class TokenIssuerTest : public ::testing::Test {
protected:
    Result<std::string> issue(IssueWish const& wish) {
        return issue_token(wish, options, secrets, world.loop.wall_now(), random);
    }

    TokenWorld world;
    SeededRandom random{7};
    TokenOptions options{.issuer = "https://a.test/\"quoted\"",
                         .audience = {"filegate", "other"},
                         .secret = Secret(test_secret)};
    std::vector<NamedSecret> secrets = secrets_of(options, "").value();
};

TEST_F(TokenIssuerTest, what_is_issued_is_taken_with_all_it_says) {
    world.start(options);
    auto const token = issue({.subject = PrincipalId("ann \"the\" \u4e2d"),
                              .scopes = {Scope::files_read, Scope::admin},
                              .lifetime = seconds(60)});
    ASSERT_TRUE(token) << token.error().message;
    auto const taken = world.verify(*token);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->subject.text(), "ann \"the\" \u4e2d");
    EXPECT_TRUE(taken->scopes.has(Scope::admin));
    EXPECT_EQ(unix_seconds(taken->expires_at), world.now() + 90);
    EXPECT_EQ(taken->issued_at, world.loop.wall_now());
    EXPECT_EQ(taken->id.size(), 22U);
    EXPECT_NE(*token, *issue({.subject = PrincipalId("ann \"the\" \u4e2d"),
                              .scopes = {Scope::files_read, Scope::admin},
                              .lifetime = seconds(60)}))
        << "every token has an id of its own";
}

TEST_F(TokenIssuerTest, the_newest_secret_signs_unless_another_is_named) {
    secrets =
        parse_secrets("new:" + std::string(32, 'n') + "\nold:" + std::string(32, 'o')).value();
    auto const header = [&](std::string const& key_id) {
        auto const token = issue({.subject = PrincipalId("a"),
                                  .scopes = {Scope::files_read},
                                  .lifetime = seconds(1),
                                  .key_id = key_id});
        return token ? read_token(*token)->header : token.error().message;
    };
    EXPECT_EQ(header(""), R"({"alg":"HS256","typ":"JWT","kid":"new"})");
    EXPECT_EQ(header("old"), R"({"alg":"HS256","typ":"JWT","kid":"old"})");
    EXPECT_NE(header("none").find("no configured secret has the id 'none'"), std::string::npos);
}

TEST_F(TokenIssuerTest, a_wish_that_makes_no_token_is_refused) {
    auto const code = [&](std::string subject, Scopes scopes, seconds lifetime) {
        auto const token = issue(
            {.subject = PrincipalId(std::move(subject)), .scopes = scopes, .lifetime = lifetime});
        return token ? 0 : static_cast<int>(token.error().code);
    };
    EXPECT_EQ(code("a", {Scope::admin}, seconds(1)), 0);
    EXPECT_EQ(code("", {Scope::admin}, seconds(1)), 1001);
    EXPECT_EQ(code("a\nb", {Scope::admin}, seconds(1)), 1001);
    EXPECT_EQ(code("a", {}, seconds(1)), 1001);
    EXPECT_EQ(code("a", {Scope::admin}, seconds(0)), 1001);
    EXPECT_EQ(code("a", {Scope::admin}, seconds(1'000'000'000)), 1001);
    secrets.clear();
    EXPECT_EQ(code("a", {Scope::admin}, seconds(1)), 9002);
}

TEST_F(TokenIssuerTest, a_new_secret_stands_before_the_old_ones_which_stay) {
    auto const old = "# ours\nold:" + std::string(32, 'o') + "\n";
    auto const text = with_new_secret(old, "new", random);
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->ends_with(old));
    auto const all = parse_secrets(*text).value();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, "new");
    EXPECT_GE(all[0].secret.reveal().size(), 43U);
    EXPECT_NE(all[0].secret.reveal(),
              parse_secrets(*with_new_secret(old, "new", random)).value()[0].secret.reveal());
    EXPECT_FALSE(with_new_secret(old, "old", random)) << "the id is there";
    EXPECT_FALSE(with_new_secret(old, "a:b", random));
    EXPECT_FALSE(with_new_secret("rub:bish", "new", random)) << "a file that is wrong stays";
}

TEST(read_token, shows_what_stands_there_and_nothing_of_what_is_no_token) {
    auto const token = token_of(R"({"alg":"none"})", R"({"sub":"x"})", hmac_signer("k"));
    EXPECT_EQ(read_token(token)->claims, R"({"sub":"x"})");
    for (auto const* const text : {"", ".", "..", "a.b.c", "e30", "e30.", "e30.W10.x"})
        EXPECT_FALSE(read_token(text)) << text;
}

}  // namespace
}  // namespace filegate::access
