#pragma once
// How a provider's transports fare, seen from the traffic: for health reports. Any thread.

#include <map>
#include <mutex>

#include "coordination/breakers.hpp"

namespace filegate::delivery {

struct TrafficRecord {
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;  // the provider's own kind
    std::optional<WallTime> last_success_at;
    std::optional<WallTime> last_failure_at;
    std::string last_failure;
};

class Traffic {
public:
    void succeeded(coordination::BreakerKey const& key, WallTime now);
    void failed(coordination::BreakerKey const& key, WallTime now, std::string reason);
    TrafficRecord record_of(coordination::BreakerKey const& key) const;

private:
    mutable std::mutex mutex_;
    std::map<coordination::BreakerKey, TrafficRecord> records_;
};

}  // namespace filegate::delivery
