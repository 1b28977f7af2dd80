#include "delivery/traffic.hpp"

namespace filegate::delivery {

void Traffic::succeeded(coordination::BreakerKey const& key, WallTime now) {
    std::scoped_lock const lock(mutex_);
    auto& record = records_[key];
    ++record.successes;
    record.last_success_at = now;
}

void Traffic::failed(coordination::BreakerKey const& key, WallTime now, std::string reason) {
    std::scoped_lock const lock(mutex_);
    auto& record = records_[key];
    ++record.failures;
    record.last_failure_at = now;
    record.last_failure = std::move(reason);
}

TrafficRecord Traffic::record_of(coordination::BreakerKey const& key) const {
    std::scoped_lock const lock(mutex_);
    auto const found = records_.find(key);
    return found == records_.end() ? TrafficRecord() : found->second;
}

}  // namespace filegate::delivery
