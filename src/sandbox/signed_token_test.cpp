#include "sandbox/signed_token.hpp"

#include <gtest/gtest.h>

#include "sandbox/signed_token_fixture.hpp"

namespace filegate::sandbox {
namespace {

constexpr WallTime now(milliseconds(1'700'000'000'000));
constexpr std::string_view payload =
    R"({"api_key":"id","exp":1700000210000,"timestamp":1700000000000})";

// The vectors of docs/providers.md 3.2.
constexpr std::string_view vector_payload =
    "eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZiIsImV4cCI6MTcwMDAwMDIxMDAwMCwidGltZXN0YW1wIjoxNzAwMDAwMD"
    "AwMDAwfQ";
std::string const vectors[] = {
    fmt::format("eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ.{}."
                "C3TaljMna5FJknyNQaqqaee3viAlyeq5AS7fzXeUx0k",
                vector_payload),
    fmt::format("eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04iLCJ0eXAiOiJKV1QifQ.{}."
                "FfiSE9hoqLwcmIna2Xl6NxoxDlslFjDNxUYV8wSLKYY",
                vector_payload),
};

TEST(signed_token, reads_and_verifies_the_documented_ones) {
    for (auto const& vector : vectors) {
        auto const token = read_signed_token(vector);
        ASSERT_TRUE(token) << vector;
        EXPECT_EQ(token->key_id, "0123456789abcdef");
        EXPECT_EQ(token->issued_at, now);
        EXPECT_EQ(token->expires_at, now + seconds(210));
        EXPECT_TRUE(is_signed_with(*token, "SeCrEt0123456789"));
        EXPECT_FALSE(is_signed_with(*token, "SeCrEt012345678"));
        EXPECT_FALSE(is_signed_with(*token, ""));
    }
}

TEST(signed_token, is_made_by_the_fixture_as_by_the_sdk) {
    EXPECT_EQ(sdk_token("0123456789abcdef", "SeCrEt0123456789", now), vectors[0]);
}

TEST(signed_token, does_not_verify_when_a_letter_is_changed) {
    auto const& good = vectors[0];
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] = good[i] == 'A' ? 'B' : 'A';
        auto const token = read_signed_token(bad);
        EXPECT_FALSE(token && is_signed_with(*token, "SeCrEt0123456789")) << i;
    }
}

TEST(signed_token, has_one_spelling) {
    auto other = vectors[0];
    ASSERT_EQ(other.back(), 'k');
    other.back() = 'l';  // differs in bits that no byte holds
    EXPECT_FALSE(read_signed_token(other));
}

TEST(signed_token, is_refused_when_malformed) {
    auto const with = [](std::string_view header, std::string_view claims) {
        return signed_token(header, claims, "s");
    };
    auto const good = with(token_header, payload);
    ASSERT_TRUE(read_signed_token(good));
    std::string const cases[] = {
        "",
        "..",
        "a.b.c",
        good.substr(1),
        good.substr(0, good.size() - 1),  // a signature of too few bits
        good.substr(0, good.rfind('.') + 1),
        good + "A",
        good + "=",
        good + ".A",
        good.substr(0, good.rfind('.') + 1) + base64url(std::string(31, 'x')),
        good.substr(0, good.rfind('.') + 1) + base64url(std::string(33, 'x')),
        "." + good.substr(good.find('.') + 1),
        with(R"({"alg":"HS512","sign_type":"SIGN"})", payload),
        with(R"({"alg":"none","sign_type":"SIGN"})", payload),
        with(R"({"alg":"HS256"})", payload),
        with(R"({"alg":"HS256","sign_type":"sign"})", payload),
        with(R"({"alg":1,"sign_type":"SIGN"})", payload),
        with(R"(["HS256"])", payload),
        with("nonsense", payload),
        with(token_header, "[]"),
        with(token_header, "{}"),
        with(token_header, R"({"api_key":1,"exp":1700000210000,"timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"","exp":1700000210000,"timestamp":1700000000000})"),
        with(token_header, R"({"exp":1700000210000,"timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","exp":1700000210000})"),
        with(token_header, R"({"api_key":"id","exp":"1700000210000","timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","exp":-1,"timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","exp":1e300,"timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","exp":1700000210000.5,"timestamp":1700000000000})"),
        with(token_header, R"({"api_key":"id","exp":1700000210000,"timestamp":1700000000})"),
        with(token_header, R"({"api_key":"id","a":[[[[[1]]]]],"exp":1700000210000,)"
                           R"("timestamp":1700000000000})"),
        with(token_header, fmt::format(R"({{"api_key":"{}","exp":1700000210000,)"
                                       R"("timestamp":1700000000000}})",
                                       std::string(9'000, 'x'))),
    };
    for (auto const& token : cases)
        EXPECT_FALSE(read_signed_token(token)) << token.substr(0, 200);
}

TEST(signed_token, may_hold_more_than_is_asked_for) {
    EXPECT_TRUE(read_signed_token(signed_token(
        R"({"kid":"1","sign_type":"SIGN","alg":"HS256"})",
        R"({"timestamp":1700000000000,"exp":1.700000210e12,"api_key":"id","x":{}})", "s")));
}

}  // namespace
}  // namespace filegate::sandbox
