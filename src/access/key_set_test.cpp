#include "access/key_set.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

TEST(key_set, keys_that_are_not_for_us_are_left_out) {
    auto const rsa = KeyPair::rsa();
    auto const ec = KeyPair::ec();
    struct Case {
        std::string jwk;
        std::size_t keys;
    };
    for (auto const& [jwk, keys] : {
             Case{rsa.jwk("a"), 1},
             Case{ec.jwk("a"), 1},
             Case{rsa.jwk("a", R"(,"alg":"RS256","use":"sig","key_ops":["verify"])"), 1},
             Case{rsa.jwk("a", R"(,"use":"enc")"), 0},
             Case{rsa.jwk("a", R"(,"key_ops":["encrypt"])"), 0},
             Case{rsa.jwk("a", R"(,"alg":"RS512")"), 0},
             Case{rsa.jwk("a", R"(,"alg":"HS256")"), 0},
             Case{rsa.jwk("a", R"(,"alg":7)"), 0},
             Case{ec.jwk("a", R"(,"alg":"RS256")"), 0},
             Case{rsa.jwk(std::string(key_id_bytes_max + 1, 'k')), 0},
             Case{KeyPair::rsa(1024).jwk("a"), 0},
             Case{R"({"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"})", 0},
             Case{R"({"kty":"RSA","kid":"a"})", 0},
             Case{R"({"kty":"RSA","kid":"a","n":"\",\"kty\":\"oct","e":"AQAB"})", 0},
             Case{R"({"kty":"EC","crv":"P-256","kid":"a","x":"AAAA","y":"AAAA"})", 0},
             Case{R"({"kty":"EC","crv":"P-384","kid":"a","x":"AAAA","y":"AAAA"})", 0},
             Case{R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"})", 0},
             Case{R"({"kty":"oct","kid":"a","k":"AAAA"})", 0},
             Case{"{}", 0},
             Case{"7", 0},
         }) {
        auto const set = KeySet::of_jwks(jwks_of({jwk}));
        ASSERT_TRUE(set) << jwk;
        EXPECT_EQ(set->keys().size(), keys) << jwk;
    }
}

TEST(key_set, a_point_beside_the_curve_is_no_key) {
    auto jwk = KeyPair::ec().jwk("a");
    auto const y = jwk.find(R"("y":")") + 5;
    jwk[y] = jwk[y] == 'A' ? 'B' : 'A';
    EXPECT_EQ(KeySet::of_jwks(jwks_of({jwk}))->keys().size(), 0U);
}

TEST(key_set, an_exponent_that_makes_every_check_slow_is_refused) {
    auto jwk = KeyPair::rsa().jwk("a");
    auto const exponent = jwk.find(R"("e":"AQAB")");
    jwk.replace(exponent, 10, R"("e":")" + std::string(340, '_') + "\"");
    EXPECT_EQ(KeySet::of_jwks(jwks_of({jwk}))->keys().size(), 0U);
}

TEST(key_set, secrets_are_read_line_by_line_newest_first) {
    std::string const long_one(40, 's');
    auto const secrets = parse_secrets("# newest first\n\n  new:" + long_one + "\r\n" +
                                       "old.1:with:colons:and:more\n" + long_one + "\n");
    ASSERT_TRUE(secrets) << secrets.error().message;
    ASSERT_EQ(secrets->size(), 3U);
    EXPECT_EQ((*secrets)[0].id, "new");
    EXPECT_EQ((*secrets)[0].secret.reveal(), long_one);
    EXPECT_EQ((*secrets)[1].secret.reveal(), "with:colons:and:more");
    EXPECT_EQ((*secrets)[2].id, "");
}

TEST(key_set, a_line_that_is_wrong_is_named_by_its_number_and_not_quoted) {
    std::string const good(40, 's');
    for (auto const& line :
         {std::string("short"), std::string("a:short"), "a b:" + good, ":" + good, "../x:" + good,
          std::string(4097, 'x'), fmt::format("twice:{}\ntwice:{}", good, good)}) {
        auto const secrets = parse_secrets(fmt::format("first:{}\n{}", good, line));
        ASSERT_FALSE(secrets) << line;
        EXPECT_NE(secrets.error().message.find("line "), std::string::npos);
        EXPECT_EQ(secrets.error().message.find(good), std::string::npos);
    }
    std::string many;
    for (std::size_t i = 0; i <= keys_max; ++i)
        many += "k" + std::to_string(i) + ":" + good + "\n";
    EXPECT_FALSE(parse_secrets(many));
}

}  // namespace
}  // namespace filegate::access
