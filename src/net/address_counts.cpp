#include "net/address_counts.hpp"

#include <arpa/inet.h>
#include <array>

namespace filegate::net {

std::string address_group(std::string const& peer_address) {
    in6_addr six{};
    if (::inet_pton(AF_INET6, peer_address.c_str(), &six) != 1) return peer_address;
    std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
    std::array<char, INET6_ADDRSTRLEN> text{};
    return std::string(::inet_ntop(AF_INET6, &six, text.data(), text.size())) + "/64";
}

std::optional<AddressCounts::Place> AddressCounts::take(std::string const& peer_address,
                                                        std::size_t places_max) {
    auto group = address_group(peer_address);
    {
        std::scoped_lock const lock(mutex_);
        auto& count = counts_[group];
        if (count >= places_max) return std::nullopt;
        ++count;
    }
    return Place(*this, std::move(group));
}

std::size_t AddressCounts::size() const {
    std::scoped_lock const lock(mutex_);
    return counts_.size();
}

void AddressCounts::give_back(std::string const& group) {
    std::scoped_lock const lock(mutex_);
    auto const found = counts_.find(group);
    if (--found->second == 0) counts_.erase(found);
}

}  // namespace filegate::net
