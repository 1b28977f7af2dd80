#pragma once
// Breakers in memory. Not thread-safe: the catalog locks.

#include <map>

#include "catalog/catalog.hpp"

namespace filegate::catalog::memory {

class Operations {
public:
    void save_breaker(BreakerRecord const& breaker);
    std::vector<BreakerRecord> breakers() const;

private:
    using BreakerKey = std::pair<ProviderName, std::string>;

    std::map<BreakerKey, BreakerRecord> breakers_;
};

}  // namespace filegate::catalog::memory
