#include "cli/text_table.hpp"

#include <gtest/gtest.h>

namespace filegate::cli {
namespace {

TEST(text_table, columns_are_as_wide_as_their_widest_cell_on_a_terminal) {
    EXPECT_EQ(text_table({{"A", "NAME"}, {"年年", "long last cell"}, {"b", ""}}),
              "A     NAME\n"
              "年年  long last cell\n"
              "b     \n");
    EXPECT_EQ(text_table({}), "");
}

TEST(text_table, what_a_terminal_would_obey_is_made_printable) {
    EXPECT_EQ(text_table({{"a\x1b[2J", "b\n"}}), "a\\u001b[2J  b\\n\n");
}

TEST(text_table, a_time_is_written_to_the_second_or_not_at_all) {
    EXPECT_EQ(time_text(0), "1970-01-01 00:00:00");
    EXPECT_EQ(time_text(1'767'323'045), "2026-01-02 03:04:05");
    EXPECT_EQ(time_text(253'402'300'799), "9999-12-31 23:59:59");
    EXPECT_EQ(time_text(253'402'300'800), "-");
    EXPECT_EQ(time_text(-1), "-");
}

}  // namespace
}  // namespace filegate::cli
