#pragma once
// How many places each client holds of what there is not enough of for everybody: one must not be
// able to take every place. Any thread.

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace filegate {

class PlaceCounts {
public:
    // A place of one client, given back when it goes. `counts` outlives it.
    class Place {
    public:
        Place(PlaceCounts& counts, std::string client)
            : counts_(&counts), client_(std::move(client)) {}
        Place(Place&& other) noexcept
            : counts_(std::exchange(other.counts_, nullptr)), client_(std::move(other.client_)) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(counts_, other.counts_);
            std::swap(client_, other.client_);
            return *this;
        }
        ~Place() {
            if (counts_ != nullptr) counts_->give_back(client_);
        }

    private:
        PlaceCounts* counts_;
        std::string client_;
    };

    // None: the client holds `places_max` already.
    std::optional<Place> take(std::string client, std::size_t places_max);

    std::size_t size() const;  // how many clients hold a place

private:
    void give_back(std::string const& client);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> counts_;  // none is zero
};

}  // namespace filegate
