#include "contracts/nearest_word.hpp"

#include <gtest/gtest.h>

namespace filegate::contracts {
namespace {

TEST(nearest_word, is_what_was_most_likely_meant) {
    constexpr std::array<std::string_view, 8> valid{"FILEGATE_AUTH_JWKS",
                                                    "FILEGATE_SERVER_HOST",
                                                    "FILEGATE_SERVER_PORT",
                                                    "FILEGATE_QUOTA_BYTES_PER_PRINCIPAL",
                                                    "FILEGATE_LIMITS_FAILED_LOGINS_PER_MINUTE",
                                                    "FILEGATE_LOG_LEVEL",
                                                    "FILEGATE_LOG_FORMAT",
                                                    "KIMI_API_KEY"};
    for (auto const& [word, meant] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"FILEGATE_SERVER_PROT", "FILEGATE_SERVER_PORT"},
             {"KIMI_APIKEY", "KIMI_API_KEY"},
             {"FILEGATE_QUOTA_BYTES", "FILEGATE_QUOTA_BYTES_PER_PRINCIPAL"},
             {"FILEGATE_QUOTA_LIMIT", "FILEGATE_QUOTA_BYTES_PER_PRINCIPAL"},
             {"FILEGATE_LIMITS_LOGINS", "FILEGATE_LIMITS_FAILED_LOGINS_PER_MINUTE"},
             {"FILEGATE_LOG", "FILEGATE_LOG_LEVEL"},
             {"filegate_log_level", "FILEGATE_LOG_LEVEL"},
         }) {
        EXPECT_EQ(nearest_word(word, valid), meant) << word;
    }
}

TEST(nearest_word, there_always_is_one) {
    constexpr std::array<std::string_view, 2> valid{"text", "json"};
    EXPECT_EQ(nearest_word("", valid), "text");
    EXPECT_EQ(nearest_word("js", valid), "json");
    EXPECT_EQ(nearest_word("yaml", valid), "text");
    EXPECT_EQ(nearest_word(std::string(100'000, 'j'), valid), "json");
}

}  // namespace
}  // namespace filegate::contracts
