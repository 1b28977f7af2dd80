#pragma once
// How many connections each address holds: one client must not be able to take every place. Any
// thread.

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace filegate::net {

// What counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that a network
// hands to each of its customers.
std::string address_group(std::string const& peer_address);

class AddressCounts {
public:
    // A place of one address, given back when it goes. `counts` outlives it.
    class Place {
    public:
        Place(AddressCounts& counts, std::string group)
            : counts_(&counts), group_(std::move(group)) {}
        Place(Place&& other) noexcept
            : counts_(std::exchange(other.counts_, nullptr)), group_(std::move(other.group_)) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(counts_, other.counts_);
            std::swap(group_, other.group_);
            return *this;
        }
        ~Place() {
            if (counts_ != nullptr) counts_->give_back(group_);
        }

    private:
        AddressCounts* counts_;
        std::string group_;
    };

    // None: the address holds `places_max` already.
    std::optional<Place> take(std::string const& peer_address, std::size_t places_max);

    std::size_t size() const;  // how many addresses hold a place

private:
    void give_back(std::string const& group);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> counts_;  // none is zero
};

}  // namespace filegate::net
