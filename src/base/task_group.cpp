#include "base/task_group.hpp"

namespace filegate {

// The coroutine below every spawned task: starts at once, frees itself at its end.
struct TaskGroup::Root {
    struct promise_type : PromiseBase {
        promise_type(TaskGroup&, Task<void>&, std::list<Member>::iterator member) {
            context_ = &member->context;
        }
        Root get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

TaskGroup::~TaskGroup() {
    FG_CHECK(members_.empty(), "a task group is joined before it goes");
}

void TaskGroup::spawn(Task<void> task) {
    FG_CHECK(executor_.runs_here(), "spawn on the group's own executor");
    members_.emplace_back(executor_);
    auto const member = std::prev(members_.end());
    executor_.post(
        [this, member, task = std::move(task)]() mutable { run(*this, std::move(task), member); });
}

TaskGroup::Root TaskGroup::run(TaskGroup& group, Task<void> task,
                               std::list<Member>::iterator member) {
    try {
        // A local, so that the frame and all it holds go before anybody hears that it has ended.
        auto running = std::move(task);
        co_await std::move(running);
    } catch (Cancelled const&) {
        // The expected end of a cancelled task.
    }
    group.finished(member);
}

void TaskGroup::finished(std::list<Member>::iterator member) {
    members_.erase(member);
    if (!members_.empty()) return;
    for (auto* const joiner : std::exchange(joiners_, {}))
        joiner->complete();
}

void TaskGroup::cancel() {
    // A member's end may be posted but never runs inside cancel(): the list keeps its shape here.
    for (auto& member : members_)
        member.context.cancel();
}

Task<Result<void>> TaskGroup::wait_until_empty() {
    if (members_.empty()) co_return {};
    Completion<> empty([&] {
        if (std::erase(joiners_, &empty) > 0) empty.complete();
    });
    joiners_.push_back(&empty);
    co_await empty;
    co_return {};
}

Task<void> TaskGroup::join() {
    bool was_cancelled = false;
    while (!members_.empty()) {
        // A cancelled joiner must still wait: the members may use what lies in its frame.
        Completion<> empty([this] { cancel(); });
        joiners_.push_back(&empty);
        try {
            co_await empty;
        } catch (Cancelled const&) {
            was_cancelled = true;
        }
    }
    if (was_cancelled) throw Cancelled();
}

Task<void> TaskGroup::stop(Deadline drain_until) {
    try {
        auto const drained = co_await with_deadline(
            drain_until, Error{.code = ErrorCode::request_timeout}, wait_until_empty());
        if (!drained) cancel();
    } catch (Cancelled const&) {
        cancel();  // join() waits all the same, and then throws again
    }
    co_await join();
}

}  // namespace filegate
