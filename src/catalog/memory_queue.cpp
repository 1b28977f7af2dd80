#include "catalog/memory_queue.hpp"

#include <set>

#include "catalog/refusals.hpp"

namespace filegate::catalog::memory {

Result<void> Queue::add(QueuedDelivery const& delivery) {
    bool const is_new = times_.emplace(delivery.id, delivery.next_try_at).second;
    if (!is_new) return fail(id_is_taken(delivery.id.text()));
    by_time_.emplace(Turn(delivery.next_try_at, delivery.id), delivery);
    return {};
}

void Queue::postpone(QueuedDelivery const& delivery) {
    auto const time = times_.find(delivery.id);
    if (time == times_.end()) return;
    auto queued = by_time_.extract(Turn(time->second, delivery.id));
    queued.key().first = delivery.next_try_at;
    queued.mapped().providers = delivery.providers;
    queued.mapped().next_try_at = delivery.next_try_at;
    queued.mapped().tries = delivery.tries;
    queued.mapped().last_error = delivery.last_error;
    by_time_.insert(std::move(queued));
    time->second = delivery.next_try_at;
}

void Queue::end(DeliveryId const& id) {
    auto const time = times_.find(id);
    if (time == times_.end()) return;
    by_time_.erase({time->second, id});
    times_.erase(time);
}

void Queue::end_all_of(FileId const& file) {
    std::erase_if(by_time_, [&](auto const& queued) {
        auto const& [turn, delivery] = queued;
        if (delivery.file != file) return false;
        times_.erase(turn.second);
        return true;
    });
}

std::vector<QueuedDelivery> Queue::due(WallTime now, std::size_t limit,
                                       std::vector<DeliveryId> const& except) const {
    std::set<DeliveryId> const left_out(except.begin(), except.end());
    std::vector<QueuedDelivery> found;
    for (auto const& [turn, delivery] : by_time_) {
        if (delivery.next_try_at > now || found.size() == std::min(limit, list_limit_max)) break;
        if (!left_out.contains(delivery.id)) found.push_back(delivery);
    }
    return found;
}

}  // namespace filegate::catalog::memory
