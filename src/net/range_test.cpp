#include "net/range.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

constexpr std::uint64_t exabytes = 0xffff'ffff'ffff'ffff;

TEST(range, gives_the_bytes_asked_for) {
    struct Case {
        std::string_view header;
        std::uint64_t size_bytes;
        std::uint64_t first;
        std::uint64_t bytes;
    };
    std::vector<Case> const cases{
        {"bytes=0-0", 10, 0, 1},
        {"bytes=0-9", 10, 0, 10},
        {"bytes=2-5", 10, 2, 4},
        {"bytes=9-9", 10, 9, 1},
        {"bytes=9-", 10, 9, 1},
        {"bytes=0-", 10, 0, 10},
        {"bytes=3-10", 10, 3, 7},
        {"bytes=3-99999999999999999999999999", 10, 3, 7},
        {"bytes=-1", 10, 9, 1},
        {"bytes=-10", 10, 0, 10},
        {"bytes=-11", 10, 0, 10},
        {"bytes=-99999999999999999999999999", 10, 0, 10},
        {"BYTES=1-2", 10, 1, 2},
        {"bytes= 1-2 ", 10, 1, 2},
        {"bytes=00001-00002", 10, 1, 2},
        {"bytes=0-18446744073709551615", exabytes, 0, exabytes},
        {"bytes=18446744073709551614-", exabytes, exabytes - 1, 1},
        {"bytes=-18446744073709551615", exabytes, 0, exabytes},
        {"bytes=0-0", 1, 0, 1},
    };
    for (auto const& [header, size_bytes, first, bytes] : cases) {
        auto const range = parse_range(header, size_bytes);
        ASSERT_TRUE(range && *range) << header;
        EXPECT_EQ((*range)->first, first) << header;
        EXPECT_EQ((*range)->bytes, bytes) << header;
    }
}

TEST(range, sends_the_whole_for_what_it_may_ignore) {
    for (auto const* header :
         {"",          "bytes",         "bytes=",       "bytes=-",     "bytes=a-b",
          "bytes=1",   "bytes=1-2,4-5", "bytes=0-0,-1", "bytes=5-2",   "bytes=1-2-3",
          "bytes=--1", "bytes=+1-2",    "bytes=1 - 2",  "bytes=0x1-2", "items=0-1",
          "byte=0-1",  "bytes:0-1",     "=0-1",         "bytes=1-2,",  "bytes==1-2"}) {
        auto const range = parse_range(header, 10);
        ASSERT_TRUE(range) << header;
        EXPECT_FALSE(*range) << header;
    }
}

TEST(range, refuses_what_lies_beyond_the_end) {
    struct Case {
        std::string_view header;
        std::uint64_t size_bytes;
    };
    std::vector<Case> const cases{
        {"bytes=10-", 10},
        {"bytes=10-10", 10},
        {"bytes=99999999999999999999999999-", 10},
        {"bytes=-0", 10},
        {"bytes=0-", 0},
        {"bytes=0-0", 0},
        {"bytes=-0", 0},
        {"bytes=18446744073709551615-", exabytes},
        {"bytes=11-20", 10},
    };
    for (auto const& [header, size_bytes] : cases) {
        auto const range = parse_range(header, size_bytes);
        ASSERT_FALSE(range) << header;
        EXPECT_EQ(range.error().code, ErrorCode::range_not_satisfiable);
        EXPECT_NE(range.error().message.find(std::to_string(size_bytes)), std::string::npos);
    }
}

TEST(range, the_last_bytes_of_an_empty_file_are_the_whole_file) {
    auto const range = parse_range("bytes=-5", 0);
    ASSERT_TRUE(range);
    EXPECT_FALSE(*range);
}

}  // namespace
}  // namespace filegate::net
