#pragma once
// HOST:PORT, and whether others can reach it.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace filegate::config {

struct Address {
    std::string host;
    std::uint16_t port = 0;
};

// "127.0.0.1:8787", "[::1]:0", "localhost:80".
Result<Address> parse_address(std::string_view text);

// 127.0.0.0/8, ::1 or localhost: only this machine can reach it.
bool is_loopback(std::string_view host);

// The host of http://host:port/path or https://...; none: not such a URL.
std::optional<Address> url_address(std::string_view url);

}  // namespace filegate::config
