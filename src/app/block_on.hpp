#pragma once
// The bridge from a thread that may block (main) to coroutines: runs a task on a loop and waits.

#include <future>

#include "base/task_group.hpp"

namespace filegate::app {

template <class T>
Task<void> answer_with(Task<T> task, std::promise<T>& answer) {
    answer.set_value(co_await std::move(task));
}

// Must not be called on the loop's own thread.
template <class T>
T block_on(Executor& loop, Task<T> task) {
    FG_CHECK(!loop.runs_here(), "a loop must not wait for itself");
    TaskGroup group(loop);
    std::promise<T> answer;
    std::promise<void> finished;
    loop.post([&, task = std::move(task)]() mutable {
        group.spawn(answer_with(std::move(task), answer));
    });
    auto result = answer.get_future().get();
    // Jobs run in order: behind this one the task has left its group.
    loop.post([&] { finished.set_value(); });
    finished.get_future().wait();
    return result;
}

}  // namespace filegate::app
