#include "net/loop.hpp"

#include <latch>
#include <pthread.h>

#include <gtest/gtest.h>

#include "base/deadline.hpp"
#include "base/task_group.hpp"

namespace filegate::net {
namespace {

// Runs `job` on the loop and waits for it.
void run_on(Loop& loop, std::function<void()> const& job) {
    std::latch done(1);
    loop.post([&] {
        job();
        done.count_down();
    });
    done.wait();
}

TEST(loop, runs_jobs_in_the_order_they_were_posted_whoever_posts) {
    std::string order;
    std::latch done(1);
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    auto& loop = thread.loop();
    loop.post([&] {
        loop.post([&] { order += 'a'; });
        // Another thread posts while the loop's own job is still queued.
        std::jthread([&] { loop.post([&] { order += 'b'; }); }).join();
        loop.post([&] {
            order += 'c';
            done.count_down();
        });
    });
    done.wait();
    EXPECT_EQ(order, "abc");
}

TEST(loop, loses_no_job_of_many_threads) {
    std::size_t count = 0;
    std::latch done(4 * 2000);
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    {
        std::vector<std::jthread> posters;
        for (int i = 0; i < 4; ++i) {
            posters.emplace_back([&] {
                for (int j = 0; j < 2000; ++j) {
                    thread.loop().post([&] {
                        ++count;
                        done.count_down();
                    });
                }
            });
        }
    }
    done.wait();
    EXPECT_EQ(count, 8000U);
}

TEST(loop, knows_its_own_thread) {
    SystemClock const clock;
    LoopThread thread(clock, "a-name-longer-than-the-kernel-takes");
    EXPECT_FALSE(thread.loop().runs_here());
    run_on(thread.loop(), [&] {
        EXPECT_TRUE(thread.loop().runs_here());
        std::array<char, 32> name{};
        pthread_getname_np(pthread_self(), name.data(), name.size());
        EXPECT_STREQ(name.data(), "a-name-longer-t");
    });
}

TEST(loop, fires_timers_in_the_order_of_their_time) {
    std::string order;
    std::latch done(1);
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    auto& loop = thread.loop();
    run_on(loop, [&] {
        auto const now = clock.monotonic_now();
        loop.start_timer(now + milliseconds(30), [&] {
            order += 'd';
            done.count_down();
        });
        loop.start_timer(now + milliseconds(10), [&] { order += 'b'; });
        loop.start_timer(now + milliseconds(10), [&] { order += 'c'; });
        loop.start_timer(now - seconds(1), [&] { order += 'a'; });
        loop.start_timer(no_deadline, [&] { order += '!'; });
    });
    done.wait();
    EXPECT_EQ(order, "abcd");
}

TEST(loop, fires_a_timer_no_earlier_than_asked) {
    std::latch done(20);
    std::atomic<int> early = 0;
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    run_on(thread.loop(), [&] {
        for (int i = 0; i < 20; ++i) {
            auto const when = clock.monotonic_now() + std::chrono::microseconds(137 * i);
            thread.loop().start_timer(when, [&, when] {
                if (clock.monotonic_now() < when) ++early;
                done.count_down();
            });
        }
    });
    done.wait();
    EXPECT_EQ(early, 0);
}

TEST(loop, forgets_a_cancelled_timer_and_ignores_a_second_cancel) {
    std::string order;
    std::latch done(1);
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    auto& loop = thread.loop();
    run_on(loop, [&] {
        auto const now = clock.monotonic_now();
        auto const first = loop.start_timer(now + milliseconds(5), [&] { order += 'x'; });
        auto const second = loop.start_timer(now + milliseconds(5), [&] { order += 'y'; });
        // A timer may cancel one that is due together with it, and itself.
        auto const own = std::make_shared<Executor::TimerId>();
        *own = loop.start_timer(now + milliseconds(1), [&, second, own] {
            order += 'a';
            loop.cancel_timer(second);
            loop.cancel_timer(*own);
        });
        loop.start_timer(now + milliseconds(6), [&] { done.count_down(); });
        loop.cancel_timer(first);
        loop.cancel_timer(first);
        loop.cancel_timer(12345);
    });
    done.wait();
    EXPECT_EQ(order, "a");
}

TEST(loop, lets_jobs_run_between_timers_that_start_one_another) {
    std::atomic<bool> is_over = false;
    std::atomic<int> rings = 0;
    std::function<void()> again;
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    auto& loop = thread.loop();
    again = [&] {
        ++rings;
        if (!is_over) loop.start_timer(MonotonicTime{}, [&] { again(); });
    };
    run_on(loop, [&] { again(); });
    for (int i = 0; i < 100; ++i)
        run_on(loop, [] {});
    is_over = true;
    run_on(loop, [] {});
    EXPECT_GT(rings, 1);
}

TEST(loop, runs_what_was_posted_before_it_was_stopped) {
    SystemClock const clock;
    std::string order;
    {
        LoopThread thread(clock, "loop");
        for (int i = 0; i < 5; ++i)
            thread.loop().post([&order, i] { order += static_cast<char>('0' + i); });
    }
    EXPECT_EQ(order, "01234");
}

TEST(loop, drops_what_it_never_ran) {
    SystemClock const clock;
    auto const held = std::make_shared<int>(1);
    {
        Loop loop(clock);
        loop.post([held] {});
        loop.start_timer(MonotonicTime{}, [held] {});
        EXPECT_EQ(held.use_count(), 3);
    }
    EXPECT_EQ(held.use_count(), 1);
}

Task<void> sleep_twice(std::latch& done) {
    co_await sleep_for(milliseconds(2));
    co_await sleep_for(milliseconds(2));
    done.count_down();
}

TEST(loop, carries_coroutines_that_sleep) {
    SystemClock const clock;
    LoopThread thread(clock, "loop");
    auto group = std::make_unique<TaskGroup>(thread.loop());
    std::latch done(50);
    run_on(thread.loop(), [&] {
        for (int i = 0; i < 50; ++i)
            group->spawn(sleep_twice(done));
    });
    done.wait();
    run_on(thread.loop(), [&] { group.reset(); });
}

}  // namespace
}  // namespace filegate::net
