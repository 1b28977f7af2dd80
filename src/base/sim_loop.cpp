#include "base/sim_loop.hpp"

namespace filegate {

void SimLoop::post(Job job) {
    // Notified under the lock: the job may end what the loop lives for, and the loop with it.
    std::scoped_lock const lock(mutex_);
    ready_.push_back(std::move(job));
    posted_.notify_one();
}

Executor::TimerId SimLoop::start_timer(MonotonicTime when, Job job) {
    auto const timer = ++last_timer_;
    timers_.emplace(TimerKey{when, timer}, std::move(job));
    timer_times_.emplace(timer, when);
    return timer;
}

void SimLoop::cancel_timer(TimerId timer) {
    auto const found = timer_times_.find(timer);
    if (found == timer_times_.end()) return;
    timers_.erase({found->second, timer});
    timer_times_.erase(found);
}

WallTime SimLoop::wall_now() const {
    return wall_start_ + wall_offset_ + std::chrono::floor<milliseconds>(now_.time_since_epoch());
}

void SimLoop::run(MonotonicTime until) {
    while (run_ready() || run_next_timer(until)) {
    }
    if (until != MonotonicTime::max()) now_ = std::max(now_, until);
}

bool SimLoop::run_ready() {
    std::unique_lock lock(mutex_);
    if (ready_.empty()) return false;
    auto job = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    job();
    return true;
}

bool SimLoop::run_next_timer(MonotonicTime until) {
    if (timers_.empty() || timers_.begin()->first.first > until) return false;
    auto next = timers_.extract(timers_.begin());
    timer_times_.erase(next.key().second);
    now_ = std::max(now_, next.key().first);
    next.mapped()();
    return true;
}

void SimLoop::wait_for_post() {
    std::unique_lock lock(mutex_);
    auto const was_posted = posted_.wait_for(lock, seconds(30), [this] { return !ready_.empty(); });
    FG_CHECK(was_posted, "a simulated task waits for something that never comes");
}

}  // namespace filegate
