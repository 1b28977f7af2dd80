#include "coordination/token_bucket.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::coordination {
namespace {

constexpr Rate ten_a_second{.units = 10, .per = seconds(1), .burst = 20};
constexpr MonotonicTime start{seconds(1000)};

class Bucket {
public:
    explicit Bucket(Rate rate) : rate_(rate) {}
    nanoseconds take(MonotonicTime now, std::uint64_t units = 1) {
        auto const draught = coordination::take(rate_, full_at_, now, units);
        full_at_ = draught.full_at;
        return draught.wait;
    }
    void charge(MonotonicTime now, std::uint64_t units) {
        full_at_ = coordination::charge(rate_, full_at_, now, units);
    }
    int taken_at_once(MonotonicTime now) {
        int taken = 0;
        while (take(now) == nanoseconds(0))
            ++taken;
        return taken;
    }

private:
    Rate rate_;
    MonotonicTime full_at_{};
};

TEST(token_bucket, a_burst_passes_at_once_and_then_the_rate) {
    Bucket bucket(ten_a_second);
    EXPECT_EQ(bucket.taken_at_once(start), 20);
    EXPECT_EQ(bucket.taken_at_once(start + seconds(1)), 10);
    EXPECT_EQ(bucket.taken_at_once(start + seconds(100)), 20);
}

TEST(token_bucket, what_is_refused_takes_nothing) {
    Bucket bucket(ten_a_second);
    bucket.taken_at_once(start);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(bucket.take(start), milliseconds(100));
}

TEST(token_bucket, after_the_wait_it_was_told_it_passes_and_a_moment_earlier_it_does_not) {
    SeededRandom random(7);
    for (int i = 0; i < 2000; ++i) {
        Rate const rate{.units = 1 + random.below(1000),
                        .per = seconds(1 + random.below(60)),
                        .burst = 1 + random.below(100)};
        Bucket bucket(rate);
        auto const units = 1 + random.below(rate.burst);
        auto now = start;
        nanoseconds wait{0};
        while (wait == nanoseconds(0))
            wait = bucket.take(now, units);
        EXPECT_GT(bucket.take(now + wait - nanoseconds(1), units), nanoseconds(0));
        EXPECT_EQ(bucket.take(now + wait, units), nanoseconds(0));
    }
}

TEST(token_bucket, all_or_nothing_and_more_than_a_burst_needs_a_full_bucket) {
    Bucket bucket(ten_a_second);
    EXPECT_EQ(bucket.take(start, 15), nanoseconds(0));
    EXPECT_EQ(bucket.take(start, 6), milliseconds(100));
    EXPECT_EQ(bucket.take(start, 5), nanoseconds(0));
    EXPECT_GT(bucket.take(start + seconds(1), 1000), nanoseconds(0));
    EXPECT_EQ(bucket.take(start + seconds(2), 1000), nanoseconds(0));
    EXPECT_EQ(bucket.take(start + seconds(50)), seconds(50) + milliseconds(100))
        << "what was over the burst is paid off";
}

TEST(token_bucket, a_charge_may_empty_it_below_the_ground) {
    Bucket bucket(ten_a_second);
    bucket.charge(start, 50);
    EXPECT_EQ(bucket.take(start), seconds(3) + milliseconds(100));
    EXPECT_EQ(bucket.take(start + seconds(3) + milliseconds(100)), nanoseconds(0));
}

TEST(token_bucket, no_number_is_too_large_for_it) {
    constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
    Bucket bucket({.units = 1, .per = std::chrono::hours(24), .burst = huge});
    EXPECT_EQ(bucket.take(start, huge), nanoseconds(0));
    bucket.charge(start, huge);
    bucket.charge(start, huge);
    EXPECT_GE(bucket.take(start, huge), nanoseconds(0));
    EXPECT_LE(bucket.take(start, 1), std::chrono::hours(24 * 366));
}

TEST(token_bucket, without_a_rate_there_is_no_limit) {
    Bucket bucket({.units = 0});
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(bucket.take(start, 1000), nanoseconds(0));
}

}  // namespace
}  // namespace filegate::coordination
