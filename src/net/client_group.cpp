#include "net/client_group.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace filegate::net {

std::string client_group(std::string_view peer_address) {
    std::string const text(peer_address);
    in6_addr six{};
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        return ::inet_ntop(AF_INET, &six.s6_addr[12], shown.data(), shown.size());
    }
    std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
    return std::string(::inet_ntop(AF_INET6, &six, shown.data(), shown.size())) + "/64";
}

}  // namespace filegate::net
