#pragma once
// Completion<T>: the one bridge from callbacks to coroutines. It lives in the frame of the
// coroutine that awaits it; somebody, on any thread, completes it exactly once; the coroutine
// resumes on its own executor. After complete() returns the Completion may be gone.

#include <atomic>
#include <functional>

#include "base/task.hpp"

namespace filegate {

struct Done {};

template <class T = Done>
class Completion final : public Interruptible {
public:
    Completion() = default;
    // `on_interrupt` runs on the executor's thread when the waiting context is cancelled; it must
    // see to it that complete() is called soon. Without it a cancelled wait lasts until completed.
    explicit Completion(Job on_interrupt) : on_interrupt_(std::move(on_interrupt)) {}
    Completion(Completion const&) = delete;
    Completion& operator=(Completion const&) = delete;

    void complete(T value = {}) {
        value_.emplace(std::move(value));
        if (state_.exchange(State::done, std::memory_order_acq_rel) == State::waiting) {
            auto const waiter = waiter_;
            context_->executor().post([waiter] { waiter.resume(); });
        }
    }

    class Awaiter {
    public:
        explicit Awaiter(Completion& completion) : completion_(completion) {}
        bool await_ready() const noexcept { return false; }
        template <std::derived_from<PromiseBase> P>
        bool await_suspend(std::coroutine_handle<P> waiter) {
            return completion_.suspend(waiter, waiter.promise().context());
        }
        T await_resume() { return completion_.take(); }

    private:
        Completion& completion_;
    };
    Awaiter operator co_await() { return Awaiter(*this); }

private:
    enum class State : std::uint8_t { empty, waiting, done };

    bool suspend(std::coroutine_handle<> waiter, TaskContext& context) {
        waiter_ = waiter;
        context_ = &context;
        if (context.is_cancelled()) {
            interrupt();
        } else {
            context.enter(this);
        }
        auto expected = State::empty;
        return state_.compare_exchange_strong(expected, State::waiting, std::memory_order_acq_rel);
    }
    void interrupt() override {
        if (on_interrupt_) std::exchange(on_interrupt_, nullptr)();
    }
    T take() {
        context_->leave();
        context_->throw_if_cancelled();
        return std::move(*value_);
    }

    std::atomic<State> state_ = State::empty;
    std::optional<T> value_;
    std::coroutine_handle<> waiter_;
    TaskContext* context_ = nullptr;
    Job on_interrupt_;
};

}  // namespace filegate
