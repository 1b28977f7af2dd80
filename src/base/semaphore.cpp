#include "base/semaphore.hpp"

#include <algorithm>

namespace filegate {

struct Semaphore::Waiter {
    Waiter(Semaphore& semaphore_, std::size_t count_)
        : count(count_), granted([&semaphore_, this] { semaphore_.forget(*this); }) {}
    std::size_t const count;
    Permit permit;  // set before `granted` completes; a cancelled waiter's goes back from here
    Completion<> granted;
};

Semaphore::~Semaphore() {
    FG_CHECK(waiters_.empty(), "nobody waits on a dying semaphore");
}

Task<Semaphore::Permit> Semaphore::acquire(std::size_t count) {
    FG_CHECK(count <= total_, "more permits asked for than there are");
    if (auto permit = try_acquire(count)) co_return std::move(*permit);
    Waiter waiter(*this, count);
    {
        std::scoped_lock const lock(mutex_);
        waiters_.push_back(&waiter);
    }
    give_back(0);  // permits may have come back between the two locks
    co_await waiter.granted;
    co_return std::move(waiter.permit);
}

std::optional<Semaphore::Permit> Semaphore::try_acquire(std::size_t count) {
    std::scoped_lock const lock(mutex_);
    if (!waiters_.empty() || available_ < count) return std::nullopt;
    available_ -= count;
    return Permit(this, count);
}

std::size_t Semaphore::available() const {
    std::scoped_lock const lock(mutex_);
    return available_;
}

void Semaphore::give_back(std::size_t count) {
    std::unique_lock lock(mutex_);
    available_ += count;
    while (!waiters_.empty() && waiters_.front()->count <= available_) {
        auto& waiter = *waiters_.front();
        waiters_.pop_front();
        available_ -= waiter.count;
        waiter.permit = Permit(this, waiter.count);
        waiter.granted.complete();
    }
}

void Semaphore::forget(Waiter& waiter) {
    {
        std::scoped_lock const lock(mutex_);
        auto const found = std::ranges::find(waiters_, &waiter);
        if (found == waiters_.end()) return;  // granted already; the permit goes back by itself
        waiters_.erase(found);
    }
    waiter.granted.complete();
    give_back(0);  // a smaller request behind this one may fit now
}

}  // namespace filegate
