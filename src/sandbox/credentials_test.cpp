#include "sandbox/credentials.hpp"

#include <gtest/gtest.h>

namespace filegate::sandbox {
namespace {

using contracts::IdShape;

constexpr WallTime now(milliseconds(1'700'000'000'000));

std::optional<Trouble> trouble_with(std::string authorization, IdShape shape = IdShape::openai,
                                    WallTime time = now) {
    net::Headers const headers{{"Authorization", std::move(authorization)}};
    auto const complaint = check_credentials(headers, shape, time);
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
        {"Bearer a.b.c", std::nullopt},
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
    for (auto const shape : {IdShape::kimi, IdShape::glm, IdShape::openai}) {
        for (auto const& [authorization, trouble] : cases) {
            EXPECT_EQ(trouble_with(authorization, shape), trouble) << authorization;
        }
    }
    EXPECT_EQ(check_credentials({}, IdShape::glm, now)->trouble, Trouble::no_authorization);
}

// {"api_key":"0123456789abcdef","exp":1700000210000,"timestamp":1700000000000}, signed.
constexpr std::string_view signed_token =
    "Bearer eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ."
    "eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZiIsImV4cCI6MTcwMDAwMDIxMDAwMCwidGltZXN0YW1wIjoxNzAwMDAwMD"
    "AwMDAwfQ.C3TaljMna5FJknyNQaqqaee3viAlyeq5AS7fzXeUx0k";

TEST(signed_token, is_taken_until_it_expires) {
    std::string const token(signed_token);
    EXPECT_EQ(trouble_with(token, IdShape::glm, now), std::nullopt);
    EXPECT_EQ(trouble_with(token, IdShape::glm, now + milliseconds(209'999)), std::nullopt);
    EXPECT_EQ(trouble_with(token, IdShape::glm, now + milliseconds(210'000)),
              Trouble::expired_token);
    EXPECT_EQ(trouble_with(token, IdShape::openai, now + seconds(1'000)), std::nullopt);
}

TEST(signed_token, provokes_by_the_key_inside) {
    struct Case {
        std::string payload;
        std::optional<Trouble> trouble;
    };
    Case const cases[] = {
        {"eyJhcGlfa2V5IjoiYmFkIn0", Trouble::bad_key},                    // {"api_key":"bad"}
        {"eyJhcGlfa2V5IjoiZXhoYXVzdGVkIn0", Trouble::account_exhausted},  // "exhausted"
        {"eyJhcGlfa2V5IjoxfQ", Trouble::bad_key},                         // {"api_key":1}
        {"e30", Trouble::bad_key},                                        // {}
        {"eyJhcGlfa2V5IjoiYSIsImV4cCI6MTcwMDAwMDIxMH0",                   // exp in seconds
         Trouble::expired_token},
        {"bm8", std::nullopt},  // "no": not JSON, so only the shape counts
        {"***", std::nullopt},
        {"", std::nullopt},
    };
    for (auto const& [payload, trouble] : cases) {
        EXPECT_EQ(trouble_with("Bearer h." + payload + ".s", IdShape::glm), trouble) << payload;
    }
}

}  // namespace
}  // namespace filegate::sandbox
