#pragma once
// What travels down a chain of awaits: the executor the coroutines run on, and cancellation.
// Cancelling a context makes the await that is suspended in it, and every later one, throw
// Cancelled; objects on the way out undo what they hold.

#include <exception>
#include <utility>

#include "base/executor.hpp"

namespace filegate {

class Cancelled final : public std::exception {
public:
    char const* what() const noexcept override { return "cancelled"; }
};

// What a suspended coroutine waits for, seen by its context: interrupt() makes the wait end soon.
class Interruptible {
public:
    virtual void interrupt() = 0;

protected:
    ~Interruptible() = default;
};

class TaskContext {
public:
    explicit TaskContext(Executor& executor) : executor_(executor) {}
    TaskContext(TaskContext const&) = delete;
    TaskContext& operator=(TaskContext const&) = delete;

    Executor& executor() const { return executor_; }
    bool is_cancelled() const { return is_cancelled_; }
    void throw_if_cancelled() const {
        if (is_cancelled_) throw Cancelled();
    }
    void cancel() {  // own thread
        is_cancelled_ = true;
        if (auto* const wait = std::exchange(wait_, nullptr)) wait->interrupt();
    }

    // For awaitables only: what the one suspended coroutine of this context waits for.
    void enter(Interruptible* wait) { wait_ = wait; }
    void leave() { wait_ = nullptr; }

private:
    Executor& executor_;
    Interruptible* wait_ = nullptr;
    bool is_cancelled_ = false;
};

}  // namespace filegate
