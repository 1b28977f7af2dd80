#include "net/authority.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

#include "net/header_parameters.hpp"

namespace filegate::net {
namespace {

// authority = host [ ":" port ]
// host      = "[" IPv6 "]" | 1*253( letter | digit | "-" | "." | "_" )
// port      = 1*5 digits, at most 65535
constexpr std::size_t host_bytes_max = 253;
constexpr std::size_t port_digits_max = 5;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const* const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, port);
    auto const is_port = !text.empty() && text.size() <= port_digits_max &&
                         parsed.ec == std::errc() && parsed.ptr == end;
    return is_port ? std::optional(port) : std::nullopt;
}

// Null bytes are refused first: inet_pton() would read no further.
template <class Address>
std::optional<Address> parse_address(int family, std::string_view text) {
    Address address{};
    if (text.contains('\0')) return std::nullopt;
    if (::inet_pton(family, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return address;
}

std::optional<std::string> parse_six(std::string_view text) {
    auto const six = parse_address<in6_addr>(AF_INET6, text);
    if (!six) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    return ::inet_ntop(AF_INET6, &*six, shortest.data(), shortest.size());
}

std::optional<std::string> parse_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > host_bytes_max || text.starts_with('.') ||
        text.ends_with('.') || text.contains("..")) {
        return std::nullopt;
    }
    if (!is_alphanumeric_or("-._", text)) return std::nullopt;
    return ascii_lower(text);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
    std::optional<std::string> host;
    std::string_view rest;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host = parse_six(text.substr(1, end - 1));
        rest = text.substr(end + 1);
    } else {
        auto const end = std::min(text.find(':'), text.size());
        host = parse_name(text.substr(0, end));
        rest = text.substr(end);
    }
    if (!host) return std::nullopt;
    if (rest.empty()) return Authority{.host = *std::move(host), .port = std::nullopt};
    auto const port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    return Authority{.host = *std::move(host), .port = port};
}

std::optional<Origin> parse_origin(std::string_view text) {
    auto const scheme_end = std::min(text.find("://"), text.size());
    auto const scheme = ascii_lower(text.substr(0, scheme_end));
    if (scheme_end == text.size() || (scheme != "http" && scheme != "https")) return std::nullopt;
    auto authority = parse_authority(text.substr(scheme_end + 3));
    if (!authority) return std::nullopt;
    return Origin{.is_https = scheme == "https", .authority = *std::move(authority)};
}

std::uint16_t port_of(Origin const& origin) {
    return origin.authority.port.value_or(origin.is_https ? 443 : 80);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    if (auto const four = parse_address<in_addr>(AF_INET, host)) {
        return (ntohl(four->s_addr) >> 24) == 127;
    }
    auto const six = parse_address<in6_addr>(AF_INET6, host);
    return six && IN6_IS_ADDR_LOOPBACK(&*six);
}

}  // namespace filegate::net
