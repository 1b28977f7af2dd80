#include "config/units.hpp"

#include <gtest/gtest.h>

namespace filegate::config {
namespace {

TEST(units, sizes_are_read) {
    for (auto const& [text, bytes] : std::initializer_list<std::pair<char const*, std::uint64_t>>{
             {"0", 0},
             {"1", 1},
             {"512MiB", 512ULL << 20},
             {"1.5GiB", 3ULL << 29},
             {"10GB", 10'000'000'000},
             {"4kB", 4000},
             {"4KB", 4000},
             {"8B", 8},
             {"1TiB", 1ULL << 40},
             {"9007199254740992", 1ULL << 53},
         }) {
        EXPECT_EQ(parse_size(text), bytes) << text;
    }
}

TEST(units, other_texts_are_no_sizes) {
    for (auto const* const text : {"",
                                   "MiB",
                                   "-1",
                                   "1 MiB",
                                   "1mib",
                                   "1MiBs",
                                   "1e3",
                                   "0x10",
                                   ".5GiB",
                                   "5.GiB",
                                   "1.2.3MiB",
                                   "0.5B",
                                   "1.0001kB",
                                   "9007199254740994",
                                   "99999999999999999999TiB",
                                   "1,5GiB",
                                   "inf",
                                   "nan",
                                   " 1",
                                   "1 "}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

TEST(units, durations_are_read) {
    for (auto const& [text, ms] : std::initializer_list<std::pair<char const*, std::int64_t>>{
             {"0s", 0},
             {"250ms", 250},
             {"30s", 30'000},
             {"1.5s", 1500},
             {"5m", 300'000},
             {"1h", 3'600'000},
             {"7d", 604'800'000},
         }) {
        EXPECT_EQ(parse_duration(text), milliseconds(ms)) << text;
    }
}

TEST(units, a_duration_needs_a_unit_and_whole_milliseconds) {
    for (auto const* const text : {"", "30", "s", "-1s", "30 s", "1.5ms", "1w", "30S", "1m30s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(units, what_is_shown_reads_back) {
    for (std::uint64_t const bytes :
         {0ULL, 1ULL, 1000ULL, 1024ULL, 1536ULL, 512ULL << 20, 1ULL << 40}) {
        EXPECT_EQ(parse_size(show_size(bytes)), bytes) << show_size(bytes);
    }
    for (std::int64_t const ms : {0, 1, 250, 1000, 1500, 60'000, 90'000, 86'400'000}) {
        auto const shown = show_duration(milliseconds(ms));
        EXPECT_EQ(parse_duration(shown), milliseconds(ms)) << shown;
    }
    EXPECT_EQ(show_size(512ULL << 20), "512MiB");
    EXPECT_EQ(show_size(1000), "1000B");
    EXPECT_EQ(show_duration(seconds(120)), "2m");
}

}  // namespace
}  // namespace filegate::config
