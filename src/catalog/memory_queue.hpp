#pragma once
// The queue of deliveries in memory, in the order they are due. Not thread-safe: the catalog locks.

#include <map>

#include "catalog/catalog.hpp"

namespace filegate::catalog::memory {

class Queue {
public:
    Result<void> add(QueuedDelivery const& delivery);
    void postpone(QueuedDelivery const& delivery);
    void end(DeliveryId const& id);
    void end_all_of(FileId const& file);  // walks the queue

    std::vector<QueuedDelivery> due(WallTime now, std::size_t limit,
                                    std::vector<DeliveryId> const& except) const;
    std::size_t size() const { return by_time_.size(); }

private:
    using Turn = std::pair<WallTime, DeliveryId>;

    std::map<Turn, QueuedDelivery> by_time_;
    std::map<DeliveryId, WallTime> times_;
};

}  // namespace filegate::catalog::memory
