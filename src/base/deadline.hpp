#pragma once
// Waiting for time, and not waiting for ever.

#include "base/completion.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace filegate {

using Deadline = MonotonicTime;
inline constexpr Deadline no_deadline = Deadline::max();

Task<void> sleep_until(MonotonicTime when);
Task<void> sleep_for(std::chrono::nanoseconds duration);

// A context inside the awaiting one: cancelled with it, or alone when the deadline passes.
class DeadlineContext final : public Interruptible {
public:
    DeadlineContext(TaskContext& parent, Deadline deadline);
    ~DeadlineContext();

    TaskContext& context() { return child_; }
    bool has_expired() const { return has_expired_ && !parent_.is_cancelled(); }

private:
    void interrupt() override { child_.cancel(); }

    TaskContext& parent_;
    TaskContext child_;
    std::optional<Executor::TimerId> timer_;
    bool has_expired_ = false;
};

// Runs `work`; when the deadline passes first, cancels it, waits until it has let go, and answers
// with `late`. A cancelled caller still throws Cancelled.
template <class T>
Task<Result<T>> with_deadline(Deadline deadline, Error late, Task<Result<T>> work) {
    DeadlineContext bounded(co_await this_context(), deadline);
    try {
        co_return co_await std::move(work).in(bounded.context());
    } catch (Cancelled const&) {
        if (!bounded.has_expired()) throw;
    }
    co_return fail(std::move(late));
}

}  // namespace filegate
