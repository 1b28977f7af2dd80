#include "access/signing_key.hpp"

#include <gtest/gtest.h>

#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

SigningKey secret_key(std::string const& secret = test_secret, std::string const& id = "k") {
    return SigningKey::of_secret(id, Secret(secret));
}

std::expected<SigningKey, std::string> public_key(std::string const& jwk) {
    return SigningKey::of_jwk(JsonObject::parse(jwk).value());
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    return text.replace(text.find(what), what.size(), with);
}

TEST(signing_key, algorithms_are_known_by_their_exact_words) {
    for (auto const algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256})
        EXPECT_EQ(algorithm_named(word(algorithm)), algorithm);
    for (std::string_view const other : {"", "none", "hs256", "HS256 ", "HS2567", "HS512", "PS256"})
        EXPECT_FALSE(algorithm_named(other)) << other;
}

TEST(signing_key, what_it_signs_it_verifies_and_no_other_does) {
    auto const key = secret_key();
    for (auto const& payload : {std::string("{}"), std::string("\0\xFF", 2)}) {
        auto const token = key.sign(payload);
        ASSERT_TRUE(token);
        EXPECT_EQ(key.verify(*token), payload);
        EXPECT_FALSE(secret_key(std::string(test_secret) + "x").verify(*token));
        EXPECT_FALSE(public_key(KeyPair::rsa().jwk("k"))->verify(*token));
        EXPECT_FALSE(public_key(KeyPair::ec().jwk("k"))->verify(*token));
    }
    EXPECT_EQ(secret_key(test_secret, "").verify(*key.sign("{}")), "{}") << "an id is a name only";
}

TEST(signing_key, a_token_of_which_one_letter_differs_is_not_signed) {
    auto const key = secret_key();
    auto const token = key.sign(R"({"sub":"ann"})").value();
    // But the last, whose low bits are no part of the signature.
    for (std::size_t i = 0; i + 1 < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(key.verify(changed)) << i;
        EXPECT_FALSE(key.verify(token.substr(0, i))) << "cut at " << i;
    }
    for (auto const& more : {token + "A", token + ".", token + "=", "." + token, token + ".AAAA",
                             token + "\n", token + std::string(1, '\0')}) {
        EXPECT_FALSE(key.verify(more)) << more;
    }
}

TEST(signing_key, a_public_key_signs_nothing) {
    EXPECT_FALSE(public_key(KeyPair::rsa().jwk("k"))->sign("{}"));
    EXPECT_FALSE(public_key(KeyPair::ec().jwk("k"))->sign("{}"));
}

TEST(signing_key, a_public_key_verifies_what_its_private_half_has_signed) {
    struct Case {
        KeyPair pair;
        std::string header;
        Algorithm algorithm;
    };
    for (auto const& [pair, header, algorithm] :
         {Case{KeyPair::rsa(), R"({"alg":"RS256"})", Algorithm::rs256},
          Case{KeyPair::ec(), R"({"alg":"ES256"})", Algorithm::es256}}) {
        auto const key = public_key(pair.jwk(std::string(key_id_bytes_max, 'k')));
        ASSERT_TRUE(key) << key.error();
        EXPECT_EQ(key->algorithm(), algorithm);
        EXPECT_EQ(key->id().size(), key_id_bytes_max);
        EXPECT_EQ(key->verify(token_of(header, "{}", pair.signer())), "{}");
        EXPECT_FALSE(key->verify(token_of(R"({"alg":"none"})", "{}", pair.signer())));
        EXPECT_FALSE(key->verify(token_of(R"({"alg":"HS256"})", "{}", pair.signer())));
        EXPECT_FALSE(key->verify(token_of("{}", "{}", pair.signer())));
        EXPECT_FALSE(key->verify(token_of(header, "{}", [](auto) { return std::string(64, 0); })));
    }
}

// With an exponent of 1 a signature is the text itself: everybody could write one.
TEST(signing_key, an_exponent_that_hides_nothing_makes_no_key) {
    auto const jwk = KeyPair::rsa().jwk("k");
    for (std::string const exponent : {"AQ", "AAAB", "AA", "Ag", "AQAA", ""}) {
        auto const key = public_key(replaced(jwk, R"("e":"AQAB")", R"("e":")" + exponent + "\""));
        EXPECT_FALSE(key) << exponent;
    }
    EXPECT_TRUE(public_key(replaced(jwk, R"("e":"AQAB")", R"("e":"AAEAAQ")"))) << "a zero in front";
    EXPECT_TRUE(public_key(replaced(jwk, R"("e":"AQAB")", R"("e":"Aw")")));
}

TEST(signing_key, a_size_is_counted_without_the_zeros_in_front) {
    auto const of_bytes = [](std::size_t zeros, std::size_t bytes) {
        auto const modulus = std::string(zeros, '\0') + std::string(bytes, '\xFF');
        return public_key(R"({"kty":"RSA","e":"AQAB","n":")" + base64url(modulus) + "\"}");
    };
    EXPECT_TRUE(of_bytes(0, 256));
    EXPECT_TRUE(of_bytes(1, 256));
    EXPECT_TRUE(of_bytes(0, 512));
    EXPECT_FALSE(of_bytes(0, 513));
    EXPECT_FALSE(of_bytes(0, 0));
    EXPECT_FALSE(of_bytes(300, 0));
    auto const padded = of_bytes(128, 128);
    ASSERT_FALSE(padded);
    EXPECT_TRUE(padded.error().contains("1024")) << padded.error();
}

TEST(signing_key, a_key_for_another_use_is_refused_and_not_quoted) {
    auto const pair = KeyPair::ec();
    for (std::string const extra :
         {R"(,"use":"enc")", R"(,"use":7)", R"(,"use":null)", R"(,"key_ops":[])",
          R"(,"key_ops":["sign"])", R"(,"key_ops":{"verify":1})", R"(,"alg":"ES384")",
          R"(,"alg":"none")", R"(,"alg":null)"}) {
        auto const key = public_key(pair.jwk("k", extra));
        ASSERT_FALSE(key) << extra;
        EXPECT_FALSE(key.error().empty());
    }
    EXPECT_TRUE(public_key(pair.jwk("k", R"(,"key_ops":["sign","verify"])")));
    EXPECT_FALSE(public_key(pair.jwk(std::string(key_id_bytes_max + 1, 'k'))));
    EXPECT_FALSE(public_key(replaced(pair.jwk("k"), R"("kid":"k")", R"("kid":7)")));
    auto const nameless = public_key(replaced(pair.jwk("k"), R"("kid":"k",)", ""));
    ASSERT_TRUE(nameless);
    EXPECT_EQ(nameless->id(), "");
}

}  // namespace
}  // namespace filegate::access
