#include "catalog/memory_operations.hpp"

namespace filegate::catalog::memory {

void Operations::save_breaker(BreakerRecord const& breaker) {
    breakers_[{breaker.provider, breaker.transport}] = breaker;
}

std::vector<BreakerRecord> Operations::breakers() const {
    std::vector<BreakerRecord> found;
    for (auto const& [key, breaker] : breakers_)
        found.push_back(breaker);
    return found;
}

void Operations::add_event(EventRecord const& event) {
    events_.push_front(event);
    if (events_.size() > list_limit_max) events_.pop_back();
}

std::vector<EventRecord> Operations::events(std::size_t limit) const {
    auto const count = std::min({limit, list_limit_max, events_.size()});
    return {events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace filegate::catalog::memory
