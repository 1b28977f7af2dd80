#include "base/deadline.hpp"

namespace filegate {

Task<void> sleep_until(MonotonicTime when) {
    auto& executor = (co_await this_context()).executor();
    std::optional<Executor::TimerId> timer;
    Completion<> woken([&] {
        executor.cancel_timer(*timer);
        woken.complete();
    });
    timer = executor.start_timer(when, [&] { woken.complete(); });
    co_await woken;
}

Task<void> sleep_for(std::chrono::nanoseconds duration) {
    auto& executor = (co_await this_context()).executor();
    co_await sleep_until(executor.clock().monotonic_now() + duration);
}

DeadlineContext::DeadlineContext(TaskContext& parent, Deadline deadline)
    : parent_(parent), child_(parent.executor()) {
    if (parent.is_cancelled()) {
        child_.cancel();
        return;
    }
    parent.enter(this);
    if (deadline == no_deadline) return;
    timer_ = parent.executor().start_timer(deadline, [this] {
        timer_.reset();
        has_expired_ = true;
        child_.cancel();
    });
}

DeadlineContext::~DeadlineContext() {
    parent_.leave();
    if (timer_) parent_.executor().cancel_timer(*timer_);
}

}  // namespace filegate
