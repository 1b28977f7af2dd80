#pragma once
// Breakers and events in memory. Not thread-safe: the catalog locks.

#include <deque>
#include <map>

#include "catalog/catalog.hpp"

namespace filegate::catalog::memory {

class Operations {
public:
    void save_breaker(BreakerRecord const& breaker);
    std::vector<BreakerRecord> breakers() const;
    void add_event(EventRecord const& event);
    std::vector<EventRecord> events(std::size_t limit) const;

private:
    using BreakerKey = std::pair<ProviderName, std::string>;

    std::map<BreakerKey, BreakerRecord> breakers_;
    std::deque<EventRecord> events_;  // newest first; no more than can be asked for
};

}  // namespace filegate::catalog::memory
