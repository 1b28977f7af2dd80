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

}  // namespace filegate::catalog::memory
