#include "access/token_verifier.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "access/access.hpp"
#include "access/token_fixture.hpp"
#include "base/scratch_folder.hpp"

namespace filegate::access {
namespace {

void write(std::filesystem::path const& file, std::string const& text) {
    std::ofstream(file) << text;
}

class TokenVerifierTest : public ::testing::Test {
protected:
    std::string at(std::int64_t exp, std::string const& extra = "") {
        return token_of(R"({"alg":"HS256"})",
                        R"({"sub":"ann","exp":)" + std::to_string(exp) + extra + "}",
                        hmac_signer(test_secret));
    }
    std::string signed_by(KeyPair const& pair, char const* alg, std::string const& id) {
        return token_of(R"({"alg":")" + std::string(alg) + R"(","kid":")" + id + "\"}",
                        world.claims(), pair.signer());
    }

    TokenWorld world;
    ScratchFolder folder;
};

TEST_F(TokenVerifierTest, times_are_taken_with_half_a_minute_of_leeway) {
    world.start_with_secret();
    auto const now = world.now();
    EXPECT_EQ(world.verdict(at(now - 29)), "taken");
    EXPECT_EQ(world.verdict(at(now - 30)), "2003");
    EXPECT_EQ(world.verdict(at(0)), "2003");
    auto const later = [&](char const* name, std::int64_t by) {
        return at(now + 99, ",\"" + std::string(name) + "\":" + std::to_string(now + by));
    };
    for (auto const* const name : {"nbf", "iat"}) {
        EXPECT_EQ(world.verdict(later(name, 30)), "taken") << name;
        EXPECT_EQ(world.verdict(later(name, 31)), "2002") << name;
    }
    EXPECT_EQ(world.verdict(at(now, R"(,"nbf":1.5)")), "taken");
}

TEST_F(TokenVerifierTest, a_token_that_was_taken_is_refused_from_its_last_second_on) {
    world.start_with_secret();
    auto const token = at(world.now() + 10);
    auto const taken = world.verify(token);
    ASSERT_TRUE(taken);
    EXPECT_EQ(unix_seconds(taken->expires_at), world.now() + 40);
    world.pass(seconds(39));
    EXPECT_EQ(world.verdict(token), "taken");
    world.pass(seconds(1));
    EXPECT_EQ(world.verdict(token), "2003");
}

TEST_F(TokenVerifierTest, issuer_and_audience_are_checked_when_they_are_configured) {
    world.start({.issuer = "https://a.test",
                 .audience = {"authenticated", "filegate"},
                 .secret = Secret(test_secret)});
    struct Case {
        char const* claims;
        char const* verdict;
    };
    for (auto const& [extra, verdict] : {
             Case{R"(,"iss":"https://a.test","aud":"authenticated")", "taken"},
             Case{R"(,"iss":"https://a.test","aud":["other","filegate"])", "taken"},
             Case{R"(,"iss":"https://a.test","aud":["other"])", "2002"},
             Case{R"(,"iss":"https://a.test","aud":[])", "2002"},
             Case{R"(,"iss":"https://a.test","aud":"authenticated2")", "2002"},
             Case{R"(,"iss":"https://a.test")", "2002"},
             Case{R"(,"iss":"https://a.test/","aud":"filegate")", "2002"},
             Case{R"(,"iss":"https://A.test","aud":"filegate")", "2002"},
             Case{R"(,"aud":"filegate")", "2002"},
         }) {
        EXPECT_EQ(world.verdict(world.good(extra)), verdict) << extra;
    }
}

TEST_F(TokenVerifierTest, scopes_come_from_scope_or_scp_and_else_from_the_configuration) {
    world.start({.default_scopes = {"files:read"}, .secret = Secret(test_secret)});
    EXPECT_EQ(words(world.verify(world.good())->scopes), "files:read");
    EXPECT_EQ(
        words(world.verify(world.good(R"(,"scope":"openid files:write files:query")"))->scopes),
        "files:write files:query");
    EXPECT_EQ(words(world.verify(world.good(R"(,"scp":["files:write","x"])"))->scopes),
              "files:write");
    EXPECT_EQ(words(world.verify(world.good(R"(,"scp":"admin")"))->scopes), "admin");
}

TEST_F(TokenVerifierTest, a_token_of_supabase_of_either_kind_is_taken) {
    auto const pair = KeyPair::ec();
    world.http.answer.body =
        jwks_of({pair.jwk("f1e2", R"(,"alg":"ES256","use":"sig","ext":true)")});
    world.start({.jwks = "https://ref.supabase.test/auth/v1/.well-known/jwks.json",
                 .issuer = "https://ref.supabase.test/auth/v1",
                 .audience = {"authenticated"},
                 .secret = Secret(test_secret)});
    auto const claims =
        world.claims(R"(,"iss":"https://ref.supabase.test/auth/v1","aud":"authenticated",)"
                     R"("iat":1,"email":"a@b.test","phone":"","app_metadata":{"provider":"email"},)"
                     R"("user_metadata":{},"role":"authenticated","aal":"aal1",)"
                     R"("amr":[{"method":"password","timestamp":1}],"session_id":"s",)"
                     R"("is_anonymous":false)");
    auto const legacy = token_of(R"({"alg":"HS256","kid":"their/own+id","typ":"JWT"})", claims,
                                 hmac_signer(test_secret));
    auto const modern =
        token_of(R"({"alg":"ES256","kid":"f1e2","typ":"JWT"})", claims, pair.signer());
    for (auto const& token : {legacy, modern}) {
        auto const taken = world.verify(token);
        ASSERT_TRUE(taken) << taken.error().message;
        EXPECT_EQ(words(taken->scopes), "files:read files:write files:query");
    }
}

TEST_F(TokenVerifierTest, of_several_secrets_the_named_one_counts_and_without_a_name_any) {
    auto const file = folder.path() / "secrets";
    std::string const first(32, 'n');
    std::string const second(32, 'o');
    write(file, "new:" + first + "\nold:" + second + "\n");
    world.start({.secret_file = file});
    auto const sign = [&](std::string const& header, std::string const& secret) {
        return world.verdict(token_of(header, world.claims(), hmac_signer(secret)));
    };
    EXPECT_EQ(sign(R"({"alg":"HS256","kid":"new"})", first), "taken");
    EXPECT_EQ(sign(R"({"alg":"HS256","kid":"old"})", second), "taken");
    EXPECT_EQ(sign(R"({"alg":"HS256","kid":"old"})", first), "2002");
    EXPECT_EQ(sign(R"({"alg":"HS256","kid":"other"})", first), "2002");
    EXPECT_EQ(sign(R"({"alg":"HS256"})", first), "taken");
    EXPECT_EQ(sign(R"({"alg":"HS256"})", second), "taken");
    EXPECT_EQ(sign(R"({"alg":"HS256"})", std::string(32, 'x')), "2002");
}

TEST_F(TokenVerifierTest, a_secrets_file_that_changes_counts_within_seconds) {
    auto const file = folder.path() / "secrets";
    std::string const first(32, '1');
    std::string const second(32, '2');
    auto const token = [&](std::string const& secret) {
        return token_of(R"({"alg":"HS256"})", world.claims(), hmac_signer(secret));
    };
    write(file, "a:" + first);
    world.start({.secret_file = file});
    EXPECT_EQ(world.verdict(token(first)), "taken");
    write(file, "b:" + second);
    world.pass(seconds(11));
    EXPECT_EQ(world.verdict(token(second)), "taken");
    EXPECT_EQ(world.verdict(token(first)), "2002") << "what was checked with old keys is not kept";

    write(file, "half a li:ne");
    world.pass(seconds(11));
    EXPECT_EQ(world.verdict(token(second)), "taken") << "rubbish does not lock everybody out";
    EXPECT_EQ(world.log.count("token.keys_not_read"), 1U);
}

TEST_F(TokenVerifierTest, keys_of_a_url_rotate_without_a_restart) {
    auto const old_pair = KeyPair::rsa();
    auto const new_pair = KeyPair::ec();
    world.http.answer.body = jwks_of({old_pair.jwk("old")});
    world.start_with_jwks();
    EXPECT_EQ(world.verdict(signed_by(old_pair, "RS256", "old")), "taken");
    world.pass(seconds(40));
    world.http.answer.body = jwks_of({new_pair.jwk("new"), old_pair.jwk("old")});
    EXPECT_EQ(world.verdict(signed_by(new_pair, "ES256", "new")), "taken");
    EXPECT_EQ(world.http.requests, 2);
    world.http.answer.body = jwks_of({new_pair.jwk("new")});
    world.pass(seconds(601));
    EXPECT_EQ(world.verdict(signed_by(new_pair, "ES256", "new")), "taken");
    EXPECT_EQ(world.verdict(signed_by(old_pair, "RS256", "old")), "2002");
}

TEST_F(TokenVerifierTest, a_token_signed_by_another_key_of_the_named_id_is_refused) {
    auto const pair = KeyPair::rsa();
    world.http.answer.body = jwks_of({pair.jwk("k1")});
    world.start_with_jwks();
    EXPECT_EQ(world.verdict(signed_by(KeyPair::rsa(), "RS256", "k1")), "2002");
    EXPECT_EQ(world.verdict(signed_by(KeyPair::ec(), "ES256", "k1")), "2002");
    EXPECT_EQ(world.verdict(signed_by(pair, "ES256", "k1")), "2002");
}

TEST_F(TokenVerifierTest, a_revocation_bites_at_once_though_the_token_was_just_taken) {
    auto& verifier = world.start_with_secret();
    auto const token = world.good(R"(,"jti":"j1","iat":5)");
    auto const other = world.good(R"(,"jti":"j2","iat":5)");
    EXPECT_EQ(world.verdict(token), "taken");
    ASSERT_TRUE(verifier.revocations().add({.token_id = "j1"}, world.loop.wall_now()));
    EXPECT_EQ(world.verdict(token), "2002");
    EXPECT_EQ(world.verdict(other), "taken");
    auto const now = world.loop.wall_now();
    ASSERT_TRUE(
        verifier.revocations().add({.subject = PrincipalId("ann"), .issued_before = now}, now));
    EXPECT_EQ(world.verdict(other), "2002");
    EXPECT_EQ(world.verdict(world.good()), "2002") << "who says no time may be older";
    EXPECT_EQ(world.verdict(world.good(",\"iat\":" + std::to_string(world.now()))), "taken");
}

TEST_F(TokenVerifierTest, the_shared_token_is_taken_until_the_grace_ends_and_never_again) {
    auto& verifier =
        world.start({.secret = Secret(test_secret), .shared_token = Secret("the old shared one")});
    EXPECT_EQ(world.verdict("the old shared one"), "2003") << "no end is known yet";
    verifier.end_grace(world.loop.wall_now() + seconds(100));
    auto const taken = world.verify("the old shared one");
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->subject.text(), "shared-token");
    EXPECT_FALSE(taken->scopes.has(Scope::admin));
    EXPECT_EQ(unix_seconds(taken->expires_at), world.now() + 100);
    EXPECT_EQ(world.verdict("the old shared on"), "2002");
    EXPECT_EQ(world.verdict("the old shared one "), "2002");
    EXPECT_EQ(world.verdict(""), "2002");
    world.pass(seconds(100));
    EXPECT_EQ(world.verdict("the old shared one"), "2003");
    EXPECT_EQ(world.verdict(world.good()), "taken");
}

TEST_F(TokenVerifierTest, during_the_grace_an_invalid_jwt_is_still_invalid) {
    auto& verifier =
        world.start({.secret = Secret(test_secret), .shared_token = Secret("the old shared one")});
    verifier.end_grace(world.loop.wall_now() + seconds(100));
    EXPECT_EQ(world.verdict(at(1)), "2003");
    EXPECT_EQ(world.verdict(token_of(R"({"alg":"HS256"})", world.claims(),
                                     hmac_signer("the old shared one"))),
              "2002");
    EXPECT_EQ(world.verdict(base64url(R"({"alg":"none"})") + "." + base64url(world.claims()) + "."),
              "2002");
    EXPECT_EQ(world.log.count("token.shared_used"), 0U);
}

TEST_F(TokenVerifierTest, a_shared_token_in_the_form_of_a_jwt_is_not_taken) {
    auto const jwt = token_of(R"({"alg":"HS256"})", R"({"user":"all"})", hmac_signer("old"));
    auto& verifier = world.start({.secret = Secret(test_secret), .shared_token = Secret(jwt)});
    verifier.end_grace(world.loop.wall_now() + seconds(100));
    EXPECT_EQ(world.verdict(jwt), "2002");
}

TEST_F(TokenVerifierTest, without_a_shared_token_nothing_is_taken_for_it) {
    auto& verifier = world.start_with_secret();
    verifier.end_grace(world.loop.wall_now() + seconds(100));
    EXPECT_EQ(world.verdict(""), "2002");
}

TEST_F(TokenVerifierTest, each_use_of_the_shared_token_is_told_but_not_each_on_a_line) {
    auto& verifier =
        world.start({.secret = Secret(test_secret), .shared_token = Secret("the old shared one")});
    verifier.end_grace(world.loop.wall_now() + seconds(1000));
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(world.verdict("the old shared one"), "taken");
    EXPECT_EQ(world.log.count("token.shared_used uses=1"), 1U);
    EXPECT_EQ(world.log.lines().size(), 1U);
    world.pass(seconds(61));
    EXPECT_EQ(world.verdict("the old shared one"), "taken");
    EXPECT_EQ(world.log.count("token.shared_used uses=50"), 1U);
    for (auto const& line : world.log.lines())
        EXPECT_EQ(line.find("the old shared one"), std::string::npos) << line;
}

class AccessWithTokens : public TokenVerifierTest {
protected:
    Result<Principal> ask(Credentials credentials) {
        Access access({}, {.tokens = &*world.verifier});
        return world.loop.run_task(access.authenticate(std::move(credentials)));
    }
    std::string code(std::optional<std::string> authorization) {
        auto const result = ask({.authorization = std::move(authorization)});
        return result ? "taken" : std::to_string(static_cast<int>(result.error().code));
    }
};

TEST_F(AccessWithTokens, a_token_makes_the_principal_it_names_with_its_scopes) {
    world.start_with_secret();
    auto const caller = ask({.authorization = "Bearer " + world.good(R"(,"scope":"files:read")")});
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->id().text(), "ann");
    EXPECT_TRUE(caller->may(Scope::files_read));
    EXPECT_FALSE(caller->may(Scope::files_write));
}

TEST_F(AccessWithTokens, only_a_bearer_token_is_a_credential) {
    world.start_with_secret();
    auto const good = world.good();
    EXPECT_EQ(code(std::nullopt), "2001");
    EXPECT_EQ(code(""), "2001");
    EXPECT_EQ(code("Basic " + good), "2001");
    EXPECT_EQ(code("Bearer" + good), "2001");
    EXPECT_EQ(code(good), "2001");
    EXPECT_EQ(code("Bearer"), "2002");
    EXPECT_EQ(code("Bearer "), "2002");
    EXPECT_EQ(code("Bearer " + good + ", Bearer " + good), "2002");
    EXPECT_EQ(code("Bearer " + good + " " + good), "2002");
    EXPECT_EQ(code("Bearer \"" + good + "\""), "2002");
    EXPECT_EQ(code("bEaReR   " + good + "  "), "taken");
}

TEST_F(AccessWithTokens, of_two_authorization_headers_neither_counts) {
    world.start_with_secret();
    auto const result = ask({.authorization = "Bearer " + world.good(), .is_ambiguous = true});
    EXPECT_EQ(result.error().code, ErrorCode::validation_failed);
}

}  // namespace
}  // namespace filegate::access
