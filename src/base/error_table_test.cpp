#include <set>

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace filegate {
namespace {

TEST(error_table, keeps_the_codes_and_names_existing_clients_know) {
    struct Case {
        int code;
        std::string_view name;
        int http_status;
    };
    // The original system's codes, with the statuses HTTP gives them.
    constexpr std::array cases{
        Case{1001, "VALIDATION_FAILED", 400},    Case{1002, "INVALID_FILE_TYPE", 415},
        Case{1003, "FILE_TOO_LARGE", 413},       Case{1004, "FILE_NOT_FOUND", 404},
        Case{1005, "INVALID_PATH", 400},         Case{1006, "MALICIOUS_FILE", 422},
        Case{1007, "INVALID_EXTENSION", 415},    Case{2001, "UNAUTHORIZED", 401},
        Case{2002, "INVALID_TOKEN", 401},        Case{2003, "TOKEN_EXPIRED", 401},
        Case{2004, "QUOTA_EXCEEDED", 403},       Case{2005, "PERMISSION_DENIED", 403},
        Case{3001, "PROVIDER_ERROR", 502},       Case{3002, "PROVIDER_UNAVAILABLE", 503},
        Case{3003, "CIRCUIT_BREAKER_OPEN", 503}, Case{3004, "ALL_PROVIDERS_UNAVAILABLE", 503},
        Case{3005, "INVALID_PURPOSE", 400},      Case{3006, "UPLOAD_FAILED", 502},
        Case{3007, "DELETE_FAILED", 502},        Case{4001, "FILE_LOCKED", 423},
        Case{4002, "LOCK_TIMEOUT", 408},         Case{4003, "CONCURRENT_UPLOAD", 409},
        Case{5001, "STORAGE_ERROR", 500},        Case{5002, "SUPABASE_ERROR", 502},
        Case{5003, "DATABASE_ERROR", 500},       Case{9001, "UNEXPECTED_ERROR", 500},
        Case{9002, "CONFIGURATION_ERROR", 500},  Case{9003, "NETWORK_ERROR", 502},
    };
    for (auto const& expected : cases) {
        auto const& row = error_row(static_cast<ErrorCode>(expected.code));
        EXPECT_EQ(row.name, expected.name);
        EXPECT_EQ(row.http_status, expected.http_status) << row.name;
    }
}

TEST(error_table, has_no_two_rows_of_one_code_or_name) {
    std::set<ErrorCode> codes;
    std::set<std::string_view> names;
    for (auto const& row : error_table()) {
        EXPECT_TRUE(codes.insert(row.code).second) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
    }
}

TEST(error_table, explains_every_code_in_a_sentence) {
    for (auto const& row : error_table()) {
        EXPECT_TRUE(row.meaning.ends_with('.')) << row.name;
        EXPECT_FALSE(row.openai_type.empty()) << row.name;
        EXPECT_FALSE(row.openai_code.empty()) << row.name;
    }
}

TEST(error_table, categories_are_the_first_digit) {
    EXPECT_EQ(category(ErrorCode::file_too_large), ErrorCategory::validation);
    EXPECT_EQ(category(ErrorCode::overloaded), ErrorCategory::system);
}

}  // namespace
}  // namespace filegate
