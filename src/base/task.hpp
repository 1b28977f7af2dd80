#pragma once
// Task<T>: a lazy coroutine. It runs when awaited, on the executor of whoever awaits it, and its
// frame belongs to the Task object. A root task is given to a TaskGroup; nothing is detached.
// A TaskContext travels down the chain of awaits.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/task_context.hpp"

namespace filegate {

class PromiseBase {
public:
    TaskContext& context() const {
        FG_CHECK(context_ != nullptr, "a task runs only when awaited or spawned");
        return *context_;
    }
    void start_in(TaskContext& context, std::coroutine_handle<> continuation) {
        context_ = &context;
        continuation_ = continuation;
    }

    std::suspend_always initial_suspend() noexcept { return {}; }
    struct ResumeContinuation {
        bool await_ready() noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) noexcept {
            return done.promise().continuation_;
        }
        void await_resume() noexcept {}
    };
    ResumeContinuation final_suspend() noexcept { return {}; }

protected:
    TaskContext* context_ = nullptr;
    std::coroutine_handle<> continuation_ = std::noop_coroutine();
};

template <class T = void>
class [[nodiscard]] Task {
public:
    class promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    class Awaiter {
    public:
        Awaiter(Handle handle, TaskContext* context) : handle_(handle), context_(context) {}
        bool await_ready() const noexcept { return false; }
        template <std::derived_from<PromiseBase> P>
        Handle await_suspend(std::coroutine_handle<P> parent) {
            handle_.promise().start_in(context_ ? *context_ : parent.promise().context(), parent);
            return handle_;
        }
        T await_resume() { return handle_.promise().take(); }

    private:
        Handle handle_;
        TaskContext* context_;
    };

    Awaiter operator co_await() && { return {handle_, nullptr}; }
    Awaiter in(TaskContext& context) && { return {handle_, &context}; }  // with_deadline, TaskGroup

private:
    explicit Task(Handle handle) : handle_(handle) {}
    Handle handle_;
};

template <class T>
class Task<T>::promise_type final : public PromiseBase {
public:
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    template <class U = T>
        requires std::constructible_from<T, U&&>
    void return_value(U&& value) {
        outcome_.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() noexcept { outcome_.template emplace<2>(std::current_exception()); }
    T take() {
        if (outcome_.index() == 2) std::rethrow_exception(std::get<2>(outcome_));
        return std::move(std::get<1>(outcome_));
    }

private:
    std::variant<std::monostate, T, std::exception_ptr> outcome_;
};

template <>
class Task<void>::promise_type final : public PromiseBase {
public:
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { failure_ = std::current_exception(); }
    void take() {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::exception_ptr failure_;
};

// co_await this_context() answers with the context of the coroutine that asks; it never suspends.
class this_context {
public:
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<PromiseBase> P>
    bool await_suspend(std::coroutine_handle<P> asking) noexcept {
        context_ = &asking.promise().context();
        return false;
    }
    TaskContext& await_resume() const noexcept { return *context_; }

private:
    TaskContext* context_ = nullptr;
};

}  // namespace filegate
