#include "base/place_counts.hpp"

namespace filegate {

std::optional<PlaceCounts::Place> PlaceCounts::take(std::string client, std::size_t places_max) {
    {
        std::scoped_lock const lock(mutex_);
        auto& count = counts_[client];
        if (count >= places_max) {
            if (count == 0) counts_.erase(client);
            return std::nullopt;
        }
        ++count;
    }
    return Place(*this, std::move(client));
}

std::size_t PlaceCounts::size() const {
    std::scoped_lock const lock(mutex_);
    return counts_.size();
}

void PlaceCounts::give_back(std::string const& client) {
    std::scoped_lock const lock(mutex_);
    auto const found = counts_.find(client);
    if (--found->second == 0) counts_.erase(found);
}

}  // namespace filegate
