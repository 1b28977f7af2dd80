#include "base/task.hpp"

#include <gtest/gtest.h>

#include "base/byte_source.hpp"
#include "base/deadline.hpp"
#include "base/keyed_mutex.hpp"
#include "base/sim_loop.hpp"
#include "base/worker_pool.hpp"

namespace filegate {
namespace {

Task<int> answer(int value) {
    co_return value;
}

Task<int> sum_of(int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i)
        sum += co_await answer(1);
    co_return sum;
}

TEST(task, a_long_loop_of_awaits_uses_no_stack) {
    SimLoop loop;
    EXPECT_EQ(loop.run_task(sum_of(1'000'000)), 1'000'000);
}

Task<Result<int>> slow_answer(seconds duration) {
    co_await sleep_for(duration);
    co_return 42;
}

TEST(task, a_deadline_that_passes_answers_with_the_given_error) {
    SimLoop loop;
    auto const late = Error{.code = ErrorCode::delivery_timeout};
    auto const in_time = loop.run_task(
        with_deadline(loop.monotonic_now() + seconds(5), late, slow_answer(seconds(3))));
    EXPECT_EQ(in_time.value(), 42);
    auto const too_late = loop.run_task(
        with_deadline(loop.monotonic_now() + seconds(5), late, slow_answer(seconds(9))));
    ASSERT_FALSE(too_late);
    EXPECT_EQ(too_late.error().code, ErrorCode::delivery_timeout);
}

Task<void> count_after(seconds duration, int& count) {
    co_await sleep_for(duration);
    ++count;
}

Task<Done> stop_with_drain(SimLoop& loop, int& count) {
    TaskGroup group(loop);
    for (int i = 1; i <= 10; ++i)
        group.spawn(count_after(seconds(i), count));
    co_await group.stop(loop.monotonic_now() + milliseconds(4500));
    co_return Done();
}

TEST(task_group, stops_in_two_phases_drain_then_cancel) {
    SimLoop loop;
    int count = 0;
    loop.run_task(stop_with_drain(loop, count));
    EXPECT_EQ(count, 4);
    EXPECT_EQ(loop.monotonic_now().time_since_epoch(), milliseconds(4500));
}

Task<Done> run_jobs(WorkerPool& pool, int count, int& total) {
    Lane lane(pool);
    for (int i = 0; i < count; ++i)
        total += co_await lane.run([] { return 1; });
    for (int i = 0; i < count; ++i)
        total += co_await pool.run([] { return 1; });
    co_return Done();
}

TEST(worker_pool, resumes_the_coroutine_on_its_own_executor) {
    SimLoop loop;
    WorkerPool pool("test", 3);
    int total = 0;
    loop.run_task(run_jobs(pool, 1000, total));
    EXPECT_EQ(total, 2000);
}

TEST(worker_pool, without_threads_runs_jobs_inside_submit) {
    SimLoop loop;
    WorkerPool pool("none", 0);
    int total = 0;
    loop.run_task(run_jobs(pool, 10, total));
    EXPECT_EQ(total, 20);
}

Task<void> hold_key(KeyedMutex& mutex, int& holders, int& most, int& done) {
    auto const hold = co_await mutex.lock("key");
    most = std::max(most, ++holders);
    co_await sleep_for(seconds(1));
    --holders;
    ++done;
}

Task<Done> contend(SimLoop& loop, KeyedMutex& mutex, int& most, int& done, Deadline drain) {
    int holders = 0;
    TaskGroup group(loop);
    for (int i = 0; i < 8; ++i)
        group.spawn(hold_key(mutex, holders, most, done));
    co_await group.stop(drain);
    co_return Done();
}

TEST(keyed_mutex, has_one_holder_at_a_time) {
    SimLoop loop;
    KeyedMutex mutex;
    int most = 0;
    int done = 0;
    loop.run_task(contend(loop, mutex, most, done, no_deadline));
    EXPECT_EQ(most, 1);
    EXPECT_EQ(done, 8);
    EXPECT_EQ(mutex.size(), 0U);
}

TEST(keyed_mutex, cancelled_waiters_leave_nothing_behind) {
    SimLoop loop;
    KeyedMutex mutex;
    int most = 0;
    int done = 0;
    loop.run_task(contend(loop, mutex, most, done, loop.monotonic_now() + milliseconds(2500)));
    EXPECT_EQ(done, 2);
    EXPECT_EQ(mutex.size(), 0U);
}

TEST(byte_source, a_body_reopens_at_any_offset) {
    SimLoop loop;
    MemoryBody const body("0123456789");
    auto source = loop.run_task(body.open(7));
    EXPECT_EQ(loop.run_task(read_all(**source, 100)).value(), "789");
}

TEST(byte_source, reading_all_stops_at_its_limit) {
    SimLoop loop;
    MemorySource source(std::string(100'000, 'x'));
    auto const text = loop.run_task(read_all(source, 1000));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::validation_failed);
}

}  // namespace
}  // namespace filegate
