#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace filegate::cli {
namespace {

TEST(exit_code, every_error_has_a_documented_code_that_is_neither_ok_nor_usage) {
    for (auto const& row : error_table()) {
        auto const code = exit_code(row.code);
        EXPECT_NE(code, exit_ok);
        EXPECT_NE(code, exit_usage);
        EXPECT_NE(std::ranges::find(exit_codes(), code, &ExitCodeRow::code), exit_codes().end())
            << row.name;
    }
}

TEST(exit_code, each_category_has_its_own) {
    for (auto const& [error, code] : {std::pair{ErrorCode::validation_failed, 10},
                                      {ErrorCode::unauthorized, 20},
                                      {ErrorCode::provider_error, 30},
                                      {ErrorCode::file_locked, 40},
                                      {ErrorCode::storage_error, 50},
                                      {ErrorCode::network_error, 90}}) {
        EXPECT_EQ(exit_code(error), code);
    }
}

TEST(exit_code, the_table_is_sorted_without_repetition) {
    EXPECT_EQ(
        std::ranges::adjacent_find(exit_codes(), std::ranges::greater_equal{}, &ExitCodeRow::code),
        exit_codes().end());
}

}  // namespace
}  // namespace filegate::cli
