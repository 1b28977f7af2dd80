#include "base/deadline.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "base/worker_pool.hpp"

namespace filegate {
namespace {

Error late() {
    return {.code = ErrorCode::delivery_timeout};
}

// Undone by its destructor, as everything that must be undone is.
struct Guard {
    explicit Guard(int& count_) : count(count_) { ++count; }
    ~Guard() { --count; }
    int& count;
};

Task<Result<int>> hold(int& held, seconds duration) {
    Guard const guard(held);
    co_await sleep_for(duration);
    co_return 1;
}

Task<Result<int>> nested(SimLoop& loop, int& held) {
    auto const outer = loop.monotonic_now() + seconds(2);
    auto const inner = loop.monotonic_now() + seconds(5);
    co_return co_await with_deadline(outer, late(),
                                     with_deadline(inner, late(), hold(held, seconds(10))));
}

TEST(deadline, the_nearer_of_two_nested_deadlines_ends_the_work_and_undoes_it) {
    SimLoop loop;
    int held = 0;
    auto const result = loop.run_task(nested(loop, held));
    ASSERT_FALSE(result);
    EXPECT_EQ(loop.monotonic_now().time_since_epoch(), seconds(2));
    EXPECT_EQ(held, 0);
}

TEST(deadline, one_that_lies_in_the_past_still_ends_the_work) {
    SimLoop loop;
    loop.run(MonotonicTime(seconds(100)));
    int held = 0;
    auto const result =
        loop.run_task(with_deadline(MonotonicTime(seconds(1)), late(), hold(held, seconds(10))));
    EXPECT_FALSE(result);
    EXPECT_EQ(held, 0);
}

Task<void> wait_bounded(SimLoop& loop, int& held, bool& was_cancelled) {
    try {
        auto const result = co_await with_deadline(loop.monotonic_now() + seconds(50), late(),
                                                   hold(held, seconds(100)));
        static_cast<void>(result);
    } catch (Cancelled const&) {
        was_cancelled = true;
        throw;
    }
}

Task<Done> cancel_bounded(SimLoop& loop, int& held, bool& was_cancelled) {
    TaskGroup group(loop);
    group.spawn(wait_bounded(loop, held, was_cancelled));
    co_await sleep_for(seconds(1));
    EXPECT_EQ(held, 1);
    co_await group.stop(loop.monotonic_now());
    co_return Done();
}

TEST(deadline, cancelling_the_caller_is_not_mistaken_for_the_deadline) {
    SimLoop loop;
    int held = 0;
    bool was_cancelled = false;
    loop.run_task(cancel_bounded(loop, held, was_cancelled));
    EXPECT_TRUE(was_cancelled);
    EXPECT_EQ(held, 0);
    EXPECT_EQ(loop.monotonic_now().time_since_epoch(), seconds(1));
}

Task<Result<int>> job_on(WorkerPool& pool, std::atomic<bool>& is_finished) {
    co_return co_await pool.run([&is_finished] {
        is_finished = true;
        return 7;
    });
}

Task<void> job_ignoring_result(WorkerPool& pool, std::atomic<bool>& is_finished) {
    auto const result = co_await job_on(pool, is_finished);
    static_cast<void>(result);
}

Task<Done> cancel_job(SimLoop& loop, WorkerPool& pool, std::atomic<bool>& is_finished) {
    TaskGroup group(loop);
    group.spawn(job_ignoring_result(pool, is_finished));
    group.cancel();
    co_await group.join();
    co_return Done();
}

TEST(deadline, a_cancelled_caller_waits_for_the_job_that_uses_its_frame) {
    SimLoop loop;
    WorkerPool pool("test", 1);
    for (int i = 0; i < 200; ++i) {
        std::atomic<bool> is_finished = false;
        loop.run_task(cancel_job(loop, pool, is_finished));
        EXPECT_TRUE(is_finished);
    }
}

}  // namespace
}  // namespace filegate
