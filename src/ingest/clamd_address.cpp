#include "ingest/clamd_address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <fmt/format.h>

namespace filegate::ingest {
namespace {

bool is_figures(std::string const& host) {
    in6_addr address;
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return false;
    if (text.find_first_not_of("0123456789") != text.npos) return false;
    auto const number = std::stoi(std::string(text));
    return number >= 1 && number <= 65'535;
}

std::unexpected<Error> unusable(std::string_view text) {
    return fail(ErrorCode::configuration_error,
                fmt::format("'{}' is no address of a clamd; use one like /run/clamav/clamd.ctl, "
                            "127.0.0.1:3310 or [::1]:3310",
                            text));
}

}  // namespace

std::string ClamdAddress::text() const {
    if (!path.empty()) return path;
    return host.contains(':') ? fmt::format("[{}]:{}", host, port)
                              : fmt::format("{}:{}", host, port);
}

Result<ClamdAddress> parse_clamd_address(std::string_view text) {
    auto const given = text;
    // The system's calls read to the first zero: they would take another address than is shown.
    if (text.contains('\0')) return unusable(given);
    if (text.starts_with("unix:/")) text.remove_prefix(5);
    if (text.starts_with('/')) {
        if (text.size() >= sizeof(sockaddr_un::sun_path)) return unusable(given);
        return ClamdAddress{.path = std::string(text), .host = {}, .port = {}};
    }
    auto const colon = text.rfind(':');
    if (colon == text.npos || !is_port(text.substr(colon + 1))) return unusable(given);
    auto host = std::string(text.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.contains(':')) {
        return unusable(given);
    }
    if (host == "localhost") host = "127.0.0.1";
    if (!is_figures(host)) return unusable(given);
    return ClamdAddress{.path = {}, .host = host, .port = std::string(text.substr(colon + 1))};
}

}  // namespace filegate::ingest
