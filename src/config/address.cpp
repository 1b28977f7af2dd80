#include "config/address.hpp"

#include <charconv>

#include <fmt/format.h>

#include "net/authority.hpp"
#include "observe/escape.hpp"

namespace filegate::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 255 &&
           text.find_first_of(" \t\r\n/@?#[]") == std::string_view::npos;
}

// Splits off `:port`; brackets around an IPv6 address go.
std::optional<Address> split(std::string_view text, std::optional<std::uint16_t> default_port) {
    auto host = text;
    auto port = default_port;
    auto const bracket = text.find(']');
    auto const colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = parse_port(text.substr(colon + 1));
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || !is_host(host)) return std::nullopt;
    return Address{std::string(host), *port};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
    if (auto address = split(text, std::nullopt)) return *std::move(address);
    return fail(ErrorCode::configuration_error,
                fmt::format("\"{}\" is not HOST:PORT, such as 127.0.0.1:8787 or [::1]:0",
                            observe::printable(text.substr(0, 80))));
}

bool is_loopback(std::string_view host) {
    return net::is_loopback(host);
}

std::optional<Address> url_address(std::string_view url) {
    for (auto const& [scheme, port] :
         {std::pair<std::string_view, std::uint16_t>{"http://", 80}, {"https://", 443}}) {
        if (!url.starts_with(scheme)) continue;
        auto const rest = url.substr(scheme.size());
        return split(rest.substr(0, rest.find_first_of("/?#")), port);
    }
    return std::nullopt;
}

}  // namespace filegate::config
