#include "base/semaphore.hpp"

#include <gtest/gtest.h>

#include "base/deadline.hpp"
#include "base/sim_loop.hpp"

namespace filegate {
namespace {

Task<void> take(Semaphore& semaphore, std::size_t count, int name, std::vector<int>& order,
                seconds held) {
    auto const permit = co_await semaphore.acquire(count);
    order.push_back(name);
    co_await sleep_for(held);
}

Task<Done> take_in_order(SimLoop& loop, Semaphore& semaphore, std::vector<int>& order) {
    TaskGroup group(loop);
    group.spawn(take(semaphore, 2, 1, order, seconds(1)));
    group.spawn(take(semaphore, 3, 2, order, seconds(1)));  // must wait for both permits of 1
    group.spawn(take(semaphore, 1, 3, order, seconds(1)));  // would fit, but does not overtake 2
    co_await group.join();
    co_return Done();
}

TEST(semaphore, serves_waiters_in_order_and_lets_nobody_overtake) {
    SimLoop loop;
    Semaphore semaphore(3);
    std::vector<int> order;
    loop.run_task(take_in_order(loop, semaphore, order));
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
    EXPECT_EQ(semaphore.available(), 3U);
}

Task<Done> cancel_while_waiting(SimLoop& loop, Semaphore& semaphore, std::vector<int>& order) {
    TaskGroup holder(loop);
    TaskGroup doomed(loop);
    TaskGroup later(loop);
    holder.spawn(take(semaphore, 2, 1, order, seconds(10)));
    co_await sleep_for(seconds(1));
    doomed.spawn(take(semaphore, 3, 2, order, seconds(1)));
    later.spawn(take(semaphore, 1, 3, order, seconds(1)));
    co_await sleep_for(seconds(1));
    EXPECT_EQ(order, (std::vector{1}));
    co_await doomed.stop(loop.monotonic_now());
    co_await later.join();  // 3 got its permit although 1 still holds two
    EXPECT_EQ(order, (std::vector{1, 3}));
    co_await holder.join();
    co_return Done();
}

TEST(semaphore, a_cancelled_waiter_makes_room_for_those_behind_it) {
    SimLoop loop;
    Semaphore semaphore(3);
    std::vector<int> order;
    loop.run_task(cancel_while_waiting(loop, semaphore, order));
    EXPECT_EQ(semaphore.available(), 3U);
}

Task<void> hammer(Semaphore& semaphore, std::atomic<int>& inside, std::atomic<int>& most) {
    for (int i = 0; i < 300; ++i) {
        auto const permit = co_await semaphore.acquire();
        auto const now = ++inside;
        auto seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
    }
}

Task<Done> hammer_from(SimLoop& loop, Semaphore& semaphore, std::atomic<int>& inside,
                       std::atomic<int>& most) {
    TaskGroup group(loop);
    for (int i = 0; i < 8; ++i)
        group.spawn(hammer(semaphore, inside, most));
    co_await group.join();
    co_return Done();
}

TEST(semaphore, holds_its_bound_across_executors_on_different_threads) {
    Semaphore semaphore(2);
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            SimLoop loop;
            loop.run_task(hammer_from(loop, semaphore, inside, most));
        });
    }
    threads.clear();
    EXPECT_LE(most, 2);
    EXPECT_EQ(semaphore.available(), 2U);
}

}  // namespace
}  // namespace filegate
