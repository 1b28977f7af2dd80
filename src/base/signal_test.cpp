#include "base/signal.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate {
namespace {

Task<void> wait_for(Signal& signal, Deadline deadline, std::vector<std::int64_t>& woken_at) {
    co_await signal.wait_until(deadline);
    auto const now = (co_await this_context()).executor().clock().monotonic_now();
    woken_at.push_back(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count());
}

TEST(signal, wakes_who_waits) {
    SimLoop loop;
    Signal signal;
    std::vector<std::int64_t> woken_at;
    TaskGroup group(loop);
    group.spawn(wait_for(signal, no_deadline, woken_at));
    loop.run(MonotonicTime(seconds(5)));
    signal.set();
    loop.run();
    EXPECT_EQ(woken_at, std::vector<std::int64_t>{5});
}

TEST(signal, news_that_nobody_heard_is_kept_once) {
    SimLoop loop;
    Signal signal;
    signal.set();
    signal.set();
    std::vector<std::int64_t> woken_at;
    TaskGroup group(loop);
    group.spawn(wait_for(signal, MonotonicTime(seconds(9)), woken_at));
    loop.run(MonotonicTime(seconds(1)));
    EXPECT_EQ(woken_at, std::vector<std::int64_t>{0});
    group.spawn(wait_for(signal, MonotonicTime(seconds(9)), woken_at));
    loop.run();
    EXPECT_EQ(woken_at.back(), 9) << "without further news, until the deadline";
}

TEST(signal, news_can_be_taken_without_a_wait) {
    Signal signal;
    EXPECT_FALSE(signal.take());
    signal.set();
    EXPECT_TRUE(signal.take());
    EXPECT_FALSE(signal.take());
}

TEST(signal, a_cancelled_wait_lets_go) {
    SimLoop loop;
    Signal signal;
    std::vector<std::int64_t> woken_at;
    TaskGroup group(loop);
    group.spawn(wait_for(signal, no_deadline, woken_at));
    loop.run(MonotonicTime(seconds(1)));
    group.cancel();
    loop.run();
    EXPECT_EQ(group.size(), 0);
    EXPECT_TRUE(woken_at.empty());
    signal.set();
    group.spawn(wait_for(signal, no_deadline, woken_at));
    loop.run();
    EXPECT_EQ(woken_at.size(), 1);
}

}  // namespace
}  // namespace filegate
