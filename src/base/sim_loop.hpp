#pragma once
// A single-threaded executor on simulated time, the twin of net/loop for tests and simulation: when
// no job is ready, time jumps to the next timer. Deterministic.

#include <map>
#include <thread>

#include "base/executor.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"

namespace filegate {

class SimLoop final : public Executor, public Clock {
public:
    explicit SimLoop(WallTime start = WallTime(seconds(1'700'000'000))) : wall_start_(start) {}

    void post(Job job) override;
    TimerId start_timer(MonotonicTime when, Job job) override;
    void cancel_timer(TimerId timer) override;
    bool runs_here() const override { return std::this_thread::get_id() == thread_; }
    Clock const& clock() const override { return *this; }

    WallTime wall_now() const override;
    MonotonicTime monotonic_now() const override { return now_; }
    void jump_wall(milliseconds by) { wall_offset_ += by; }  // an operator sets the clock

    // Runs until nothing is ready and no timer is left, or until `until` has passed. Jobs posted by
    // other threads are waited for only while `outstanding()` work was announced.
    void run(MonotonicTime until = MonotonicTime::max());

    // Runs one task to its end and answers with its result. Waits for worker threads too.
    template <class T>
    T run_task(Task<T> task);

private:
    using TimerKey = std::pair<MonotonicTime, TimerId>;

    bool run_ready();
    bool run_next_timer(MonotonicTime until);
    void wait_for_post();
    template <class T>
    static Task<void> keep(Task<T> task, std::optional<T>& out, bool& is_done);

    mutable std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Job> ready_;
    std::map<TimerKey, Job> timers_;
    std::unordered_map<TimerId, MonotonicTime> timer_times_;
    TimerId last_timer_ = 0;
    MonotonicTime now_{};
    WallTime wall_start_;
    milliseconds wall_offset_{0};
    std::thread::id thread_ = std::this_thread::get_id();
};

template <class T>
Task<void> SimLoop::keep(Task<T> task, std::optional<T>& out, bool& is_done) {
    out.emplace(co_await std::move(task));
    is_done = true;
}

template <class T>
T SimLoop::run_task(Task<T> task) {
    std::optional<T> out;
    bool is_done = false;
    TaskGroup group(*this);
    group.spawn(keep(std::move(task), out, is_done));
    while (group.size() > 0) {
        if (!run_ready() && !run_next_timer(MonotonicTime::max())) wait_for_post();
    }
    FG_CHECK(is_done, "the task ran to its end");
    return std::move(*out);
}

}  // namespace filegate
