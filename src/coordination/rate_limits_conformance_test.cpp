#include "coordination/rate_limits_conformance.hpp"

#include <thread>

namespace filegate::coordination {

int RateLimitsConformance::taken_at_once(RateKey const& key) {
    int taken = 0;
    while (taken < 1000 && take(key) == nanoseconds(0))
        ++taken;
    return taken;
}

namespace {

TEST_P(RateLimitsConformance, a_burst_passes_then_the_rate_then_a_burst_after_a_pause) {
    EXPECT_EQ(taken_at_once(ann_), 20);
    pass(seconds(1));
    EXPECT_EQ(taken_at_once(ann_), 10);
    pass(seconds(30));
    EXPECT_EQ(taken_at_once(ann_), 20);
}

TEST_P(RateLimitsConformance, the_wait_it_tells_is_true) {
    taken_at_once(ann_);
    auto const wait = take(ann_, 5);
    EXPECT_EQ(wait, milliseconds(500));
    pass(wait - nanoseconds(1));
    EXPECT_GT(take(ann_, 5), nanoseconds(0));
    pass(nanoseconds(1));
    EXPECT_EQ(take(ann_, 5), nanoseconds(0));
}

TEST_P(RateLimitsConformance, every_part_of_a_key_tells_buckets_apart) {
    taken_at_once(ann_);
    auto door = ann_;
    door.door = "tus";
    auto whom = ann_;
    whom.whom = Whom::address;
    auto name = ann_;
    name.name = "ben";
    auto what = ann_;
    what.what = Metered::bytes;
    auto glued = ann_;
    glued.door = "httpa";
    glued.name = "nn";
    for (auto const& other : {door, whom, name, what, glued})
        EXPECT_EQ(taken_at_once(other), 20);
    EXPECT_GT(take(ann_), nanoseconds(0));
}

TEST_P(RateLimitsConformance, a_look_takes_nothing) {
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(look(ann_), nanoseconds(0));
    EXPECT_EQ(taken_at_once(ann_), 20);
    EXPECT_EQ(look(ann_), milliseconds(100));
}

TEST_P(RateLimitsConformance, what_was_used_already_is_paid_off_later) {
    limits().charge(ann_, rate_, 50);
    EXPECT_EQ(look(ann_), seconds(3) + milliseconds(100));
    pass(seconds(3) + milliseconds(100));
    EXPECT_EQ(take(ann_), nanoseconds(0));
}

TEST_P(RateLimitsConformance, without_a_rate_nobody_waits) {
    rate_.units = 0;
    limits().charge(ann_, rate_, 1'000'000);
    EXPECT_EQ(taken_at_once(ann_), 1000);
}

TEST_P(RateLimitsConformance, several_threads_take_no_more_than_there_is) {
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&] {
                SimLoop loop;
                for (int i = 0; i < 100; ++i) {
                    auto const wait = loop.run_task(limits().take(ann_, rate_, 1));
                    if (wait == nanoseconds(0)) ++taken;
                }
            });
        }
    }
    EXPECT_EQ(taken, 20);
}

}  // namespace
}  // namespace filegate::coordination
