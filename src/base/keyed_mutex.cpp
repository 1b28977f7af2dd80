#include "base/keyed_mutex.hpp"

namespace filegate {

KeyedMutex::~KeyedMutex() {
    FG_CHECK(slots_.empty(), "nobody holds a key of a dying mutex");
}

KeyedMutex::Hold::~Hold() = default;

void KeyedMutex::Hold::Release::operator()(Semaphore*) const {
    mutex->leave(key);
}

Task<KeyedMutex::Hold> KeyedMutex::lock(std::string key) {
    Hold hold;
    Semaphore* semaphore = nullptr;
    {
        std::scoped_lock const guard(mutex_);
        auto& slot = slots_[key];
        if (!slot) slot = std::make_unique<Slot>();
        ++slot->users;
        semaphore = &slot->semaphore;
    }
    hold.slot_ = {semaphore, Hold::Release{this, std::move(key)}};
    hold.permit_ = co_await semaphore->acquire();
    co_return hold;
}

void KeyedMutex::leave(std::string const& key) {
    std::scoped_lock const guard(mutex_);
    auto const slot = slots_.find(key);
    if (--slot->second->users == 0) slots_.erase(slot);
}

std::size_t KeyedMutex::size() const {
    std::scoped_lock const guard(mutex_);
    return slots_.size();
}

}  // namespace filegate
