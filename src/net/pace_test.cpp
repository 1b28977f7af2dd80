#include "net/pace.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

struct Step {
    milliseconds waited;
    std::size_t moved;
    bool is_too_slow;
};

void expect_steps(Pace pace, std::initializer_list<Step> steps) {
    MonotonicTime const begin{};
    for (auto const& [waited, moved, is_too_slow] : steps) {
        pace.waited(begin, begin + waited);
        pace.moved(moved);
        EXPECT_EQ(pace.is_too_slow(), is_too_slow) << waited.count() << " ms, " << moved;
    }
}

constexpr PaceLimits limits{.idle_max = seconds(2), .bytes_per_second_min = 100};

TEST(pace, blames_nobody_before_the_grace_is_over) {
    expect_steps(Pace(limits), {{milliseconds(1000), 0, false}, {milliseconds(999), 0, false}});
}

TEST(pace, wants_the_average_from_then_on) {
    expect_steps(Pace(limits), {{milliseconds(2000), 199, true}});
    expect_steps(Pace(limits), {{milliseconds(2000), 200, false},
                                {milliseconds(10), 0, true},
                                {milliseconds(0), 1, false},
                                {milliseconds(8000), 801, false},
                                {milliseconds(30), 0, true}});
}

TEST(pace, counts_no_time_that_nobody_waited) {
    expect_steps(Pace(limits), {{milliseconds(0), 0, false}, {milliseconds(0), 1, false}});
}

TEST(pace, without_a_rate_takes_any) {
    expect_steps(Pace({.idle_max = seconds(1)}), {{milliseconds(1'000'000), 0, false}});
}

TEST(pace, forgives_bytes_that_came_early) {
    expect_steps(Pace(limits),
                 {{milliseconds(0), 10'000, false}, {milliseconds(99'000), 0, false}});
}

}  // namespace
}  // namespace filegate::net
