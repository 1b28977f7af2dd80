#include "base/signal.hpp"

namespace filegate {

void Signal::set() {
    Completion<>* waiter = nullptr;
    {
        std::scoped_lock const lock(mutex_);
        is_set_ = true;
        waiter = std::exchange(waiter_, nullptr);
    }
    if (waiter) waiter->complete();
}

bool Signal::take() {
    std::scoped_lock const lock(mutex_);
    return std::exchange(is_set_, false);
}

Task<void> Signal::wait_until(Deadline deadline) {
    // Late news is no news: whoever waits looks for itself either way.
    (void)co_await with_deadline(deadline, Error{.code = ErrorCode::request_timeout}, wait());
    std::scoped_lock const lock(mutex_);
    is_set_ = false;
}

Task<Result<void>> Signal::wait() {
    Completion<> called([this, &called] {
        {
            std::scoped_lock const lock(mutex_);
            if (waiter_ != &called) return;  // completed already, or about to be
            waiter_ = nullptr;
        }
        called.complete();
    });
    {
        std::scoped_lock const lock(mutex_);
        if (is_set_) co_return Result<void>();
        FG_CHECK(waiter_ == nullptr, "one waits for a signal at a time");
        waiter_ = &called;
    }
    co_await called;
    co_return Result<void>();
}

}  // namespace filegate
