#include "sandbox/credentials.hpp"

#include <gtest/gtest.h>

#include "sandbox/signed_token_fixture.hpp"

namespace filegate::sandbox {
namespace {

using contracts::IdShape;

constexpr WallTime now(milliseconds(1'700'000'000'000));

std::optional<Trouble> trouble_with(Credentials& credentials, std::string_view key,
                                    IdShape shape = IdShape::glm, WallTime time = now) {
    net::Headers const headers{{"Authorization", fmt::format("Bearer {}", key)}};
    auto const complaint = credentials.check(headers, shape, time);
    return complaint ? std::optional(complaint->trouble) : std::nullopt;
}

TEST(credentials, are_any_bearer_key_but_the_provoking_ones) {
    struct Case {
        std::string authorization;
        std::optional<Trouble> trouble;
    };
    Case const cases[] = {
        {"Bearer sk-1", std::nullopt},
        {"bearer sk-1", std::nullopt},
        {"BEARER   sk-1  ", std::nullopt},
        {"Bearer id.secret", std::nullopt},
        {"Bearer a.b.c.d", std::nullopt},
        {"Bearer .", std::nullopt},
        {"Bearer not-bad", std::nullopt},
        {"", Trouble::no_authorization},
        {"Bearer", Trouble::no_authorization},
        {"Bearer ", Trouble::no_authorization},
        {"Bearer    ", Trouble::no_authorization},
        {"Bearersk-1", Trouble::no_authorization},
        {"Basic sk-1", Trouble::no_authorization},
        {"sk-1", Trouble::no_authorization},
        {"Bearer bad", Trouble::bad_key},
        {"Bearer bad-key.secret", Trouble::bad_key},
        {"Bearer exhausted-1", Trouble::account_exhausted},
    };
    Credentials credentials;
    for (auto const shape : {IdShape::kimi, IdShape::glm, IdShape::openai}) {
        for (auto const& [authorization, trouble] : cases) {
            auto const complaint =
                credentials.check({{"Authorization", authorization}}, shape, now);
            EXPECT_EQ(complaint ? std::optional(complaint->trouble) : std::nullopt, trouble)
                << authorization;
        }
    }
    EXPECT_EQ(credentials.check({}, IdShape::glm, now)->trouble, Trouble::no_authorization);
}

TEST(token_credentials, are_tokens_at_glm_alone) {
    Credentials credentials;
    EXPECT_EQ(trouble_with(credentials, "a.b.c", IdShape::glm), Trouble::bad_key);
    EXPECT_EQ(trouble_with(credentials, "a.b.c", IdShape::kimi), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, "a.b.c", IdShape::openai), std::nullopt);
}

TEST(token_credentials, are_good_from_five_minutes_before_they_are_issued_until_they_expire) {
    Credentials credentials;
    auto const token = sdk_token("id", "secret", now);
    auto const at = [&](milliseconds later) {
        return trouble_with(credentials, token, IdShape::glm, now + later);
    };
    EXPECT_EQ(at(milliseconds(0)), std::nullopt);
    EXPECT_EQ(at(milliseconds(209'999)), std::nullopt);
    EXPECT_EQ(at(milliseconds(210'000)), Trouble::expired_token);
    EXPECT_EQ(at(-std::chrono::minutes(5)), std::nullopt);
    EXPECT_EQ(at(-std::chrono::minutes(5) - milliseconds(1)), Trouble::bad_key);
}

TEST(token_credentials, in_seconds_have_expired_long_ago) {
    Credentials credentials;
    auto const token = signed_token(
        token_header, R"({"api_key":"id","exp":1700000210,"timestamp":1700000000000})", "secret");
    EXPECT_EQ(trouble_with(credentials, token), Trouble::expired_token);
}

TEST(token_credentials, provoke_by_the_key_inside) {
    Credentials credentials;
    EXPECT_EQ(trouble_with(credentials, sdk_token("bad-id", "s", now)), Trouble::bad_key);
    EXPECT_EQ(trouble_with(credentials, sdk_token("exhausted", "s", now)),
              Trouble::account_exhausted);
}

TEST(token_credentials, need_no_secret_until_the_raw_key_has_shown_it) {
    Credentials credentials;
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "wrong", now)), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, "id.right"), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "wrong", now)), Trouble::bad_key);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "right", now)), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, sdk_token("other", "wrong", now)), std::nullopt);
    // A wrong signature is refused before anything it signs is believed.
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "wrong", now - seconds(1'000))),
              Trouble::bad_key);
}

TEST(token_credentials, follow_the_last_raw_key) {
    Credentials credentials;
    EXPECT_EQ(trouble_with(credentials, "id.first"), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, "id.second"), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "first", now)), Trouble::bad_key);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "second", now)), std::nullopt);
}

TEST(token_credentials, learn_from_whole_keys_at_glm_alone) {
    Credentials credentials;
    for (auto const* const key : {"id", "id.", ".secret"})
        EXPECT_EQ(trouble_with(credentials, key), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, "id.elsewhere", IdShape::kimi), std::nullopt);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id", "any", now)), std::nullopt);
}

TEST(token_credentials, remember_a_thousand_secrets) {
    Credentials credentials;
    for (int i = 0; i < 1'001; ++i)
        trouble_with(credentials, fmt::format("id{}.secret", i));
    EXPECT_EQ(trouble_with(credentials, sdk_token("id999", "wrong", now)), Trouble::bad_key);
    EXPECT_EQ(trouble_with(credentials, sdk_token("id1000", "wrong", now)), std::nullopt);
}

}  // namespace
}  // namespace filegate::sandbox
