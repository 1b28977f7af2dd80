#pragma once
// Which addresses are one client: one must not be able to take every place.

#include <string>
#include <string_view>

namespace filegate::net {

// What counts as one client: an IPv4 address, also one mapped into IPv6 ("192.0.2.1"), or the first
// 64 bits of an IPv6 address, within which one host has as many addresses as it likes:
// "2001:db8:0:1::/64". What is no address stays as it is.
std::string client_group(std::string_view peer_address);

}  // namespace filegate::net
