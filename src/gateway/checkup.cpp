#include "gateway/checkup.hpp"

namespace filegate::gateway {

// Lives in its asker's frame. Told once: by whoever takes it out of the list, with the answer, or
// without one when its asker has waited long enough.
struct Checkup::Waiter {
    explicit Waiter(Checkup& owner) : told([&owner, this] { owner.forget(*this); }) {}
    std::optional<PartHealth> health;  // set before `told` completes
    Completion<> told;
};

Checkup::~Checkup() {
    FG_CHECK(waiters_.empty(), "nobody waits for a dying checkup");
}

Task<PartHealth> Checkup::ask(std::string name, seconds patience) {
    auto const& clock = (co_await this_context()).executor().clock();
    auto answer = co_await with_deadline(clock.monotonic_now() + patience,
                                         Error{.code = ErrorCode::request_timeout}, wait());
    if (answer) co_return *std::move(answer);
    co_return PartHealth{.name = std::move(name),
                         .state = PartHealth::State::unwell,
                         .what = fmt::format("no answer within {} s", patience.count())};
}

Task<Result<PartHealth>> Checkup::wait() {
    Waiter waiter(*this);
    bool is_first = false;
    {
        std::scoped_lock const lock(mutex_);
        waiters_.push_back(&waiter);
        is_first = !std::exchange(is_under_way_, true);
    }
    if (is_first) background_.post([this] { group_.spawn(examine()); });
    co_await waiter.told;
    co_return *std::move(waiter.health);
}

// Cancelled only when nobody asks any more.
Task<void> Checkup::examine() {
    tell(co_await examination_());
}

void Checkup::tell(PartHealth const& health) {
    std::vector<Waiter*> waiters;
    {
        std::scoped_lock const lock(mutex_);
        waiters = std::exchange(waiters_, {});
        is_under_way_ = false;
    }
    for (auto* const waiter : waiters) {
        waiter->health = health;
        waiter->told.complete();
    }
}

void Checkup::forget(Waiter& waiter) {
    {
        std::scoped_lock const lock(mutex_);
        if (std::erase(waiters_, &waiter) == 0) return;
    }
    waiter.told.complete();
}

}  // namespace filegate::gateway
