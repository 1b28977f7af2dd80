#pragma once
// The host and port of a URL, a Host header or an Origin (RFC 3986 section 3.2), read so strictly
// that no two readers could understand them differently. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filegate::net {

struct Authority {
    std::string host;  // lower case; an IPv6 address in its shortest form, without brackets
    std::optional<std::uint16_t> port;

    bool operator==(Authority const&) const = default;
};

// "gateway.example", "127.0.0.1:8787", "[::1]:80". None: a user, a path, an empty or bad host or
// port. A dot behind a name goes: it names the same host.
std::optional<Authority> parse_authority(std::string_view text);

// Where a page came from, as browsers write it.
struct Origin {
    bool is_https = false;
    Authority authority;

    bool operator==(Origin const&) const = default;
};

// "https://app.example:8443", and nothing behind it. None: "null", another scheme.
std::optional<Origin> parse_origin(std::string_view text);

std::uint16_t port_of(Origin const& origin);  // 80 or 443 when it names none

// 127.0.0.0/8, ::1 or localhost: only this machine can be meant. `host` as Authority has it.
bool is_loopback(std::string_view host);

}  // namespace filegate::net
