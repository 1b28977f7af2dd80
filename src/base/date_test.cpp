#include "base/date.hpp"

#include <gtest/gtest.h>

namespace filegate {
namespace {

TEST(date, is_read_and_written_the_same_way) {
    for (auto const* const text : {"2026-12-05T18:30:59Z", "1970-01-01T00:00:00Z",
                                   "2028-02-29T23:59:59Z", "9999-12-31T00:00:00Z"}) {
        ASSERT_TRUE(parse_date(text)) << text;
        EXPECT_EQ(date_text(*parse_date(text)), text);
    }
    EXPECT_EQ(date_text(parse_date("2026-12-05").value()), "2026-12-05T00:00:00Z");
}

TEST(date, is_not_guessed_at) {
    for (auto const* const text :
         {"", "2026", "2026-13-01", "2026-02-29", "2026-00-10", "2026-1-1", "26-12-05",
          "2026-12-05T24:00:00Z", "2026-12-05T18:60:00Z", "2026-12-05 18:00:00",
          "2026-12-05T18:00Z", "2026-12-05T18:00:00", "2026-12-05T18:00:00+01:00", "1969-12-31",
          "2026/12/05", "202a-12-05", "+026-12-05", "2026-12-05T18:00:00Z "}) {
        EXPECT_FALSE(parse_date(text)) << text;
    }
}

TEST(date, ends_with_the_year_9999) {
    EXPECT_EQ(date_text(WallTime(seconds(unix_seconds_max))), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace filegate
