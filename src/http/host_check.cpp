#include "http/host_check.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t shown_bytes_max = 100;

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::host_refused, std::move(message));
}

// RFC 9110 section 9.2.1: what a page may make a browser send without asking anybody.
bool changes_nothing(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

std::optional<std::string> why_no_host(std::string_view text) {
    if (net::parse_authority(text)) return std::nullopt;
    return "is no host such as gateway.example, 192.0.2.7 or [2001:db8::1]:8443";
}

std::optional<std::string> why_no_origin(std::string_view text) {
    if (net::parse_origin(text)) return std::nullopt;
    return "is no origin such as https://app.example or http://localhost:3000";
}

HostCheck::HostCheck(HostOptions const& options, Callers callers, Scheme scheme)
    : callers_(callers), scheme_(scheme) {
    for (auto const& text : options.allowed_hosts) {
        if (auto host = net::parse_authority(text)) hosts_.push_back(*std::move(host));
    }
    for (auto const& text : options.allowed_origins) {
        if (auto origin = net::parse_origin(text)) origins_.push_back(*std::move(origin));
    }
}

Result<void> HostCheck::check(net::ServerRequest const& request) const {
    TRY(check_host(request.host));
    return check_page(request);
}

std::optional<std::string> HostCheck::readable_by(net::ServerRequest const& request) const {
    auto const text = request.headers.find("Origin");
    if (!text) return std::nullopt;
    auto const origin = net::parse_origin(*text);
    if (!origin || !is_allowed(*origin)) return std::nullopt;
    return std::string(*text);
}

Result<void> HostCheck::check_host(std::string_view host) const {
    if (callers_ == Callers::authenticated && hosts_.empty()) return {};
    auto const authority = net::parse_authority(host);
    if (authority && is_named(*authority)) return {};
    auto const shown = host.substr(0, shown_bytes_max);
    if (callers_ == Callers::authenticated) {
        return refuse(
            fmt::format("\"{}\" is none of this server's names; use one of them, or add it "
                        "to server.allowed_hosts.",
                        shown));
    }
    return refuse(
        fmt::format("This server has no authentication, so it answers to localhost and "
                    "loopback addresses only, not to \"{}\"; use one of those, or add the "
                    "name to server.allowed_hosts.",
                    shown));
}

Result<void> HostCheck::check_page(net::ServerRequest const& request) const {
    auto const origins = request.headers.count("Origin");
    if (origins > 1) return refuse("The request has several Origin headers; send one.");
    if (origins == 1) {
        auto const text = *request.headers.find("Origin");
        auto const origin = net::parse_origin(text);
        if (origin && (is_own(*origin, request.host) || is_allowed(*origin))) return {};
        return refuse(
            fmt::format("Pages of \"{}\" may not call this server; add that origin to "
                        "server.allowed_origins if they should.",
                        text.substr(0, shown_bytes_max)));
    }
    auto const site = request.headers.find("Sec-Fetch-Site");
    if (site && *site == "cross-site" && !changes_nothing(request.method)) {
        return refuse(
            "A page of another site may not change anything here; add its origin to "
            "server.allowed_origins if it should.");
    }
    return {};
}

bool HostCheck::is_named(net::Authority const& authority) const {
    if (net::is_loopback(authority.host)) return true;
    return std::ranges::any_of(hosts_, [&](net::Authority const& allowed) {
        return allowed.host == authority.host && (!allowed.port || allowed.port == authority.port);
    });
}

// A proxy in front may have undone TLS, so https to plain HTTP is taken; the other way round is
// what an eavesdropper would arrange.
bool HostCheck::is_own(net::Origin const& origin, std::string_view host) const {
    if (scheme_ == Scheme::https && !origin.is_https) return false;
    auto const authority = net::parse_authority(host);
    if (!authority || authority->host != origin.authority.host) return false;
    net::Origin const own{.is_https = origin.is_https, .authority = *authority};
    return net::port_of(own) == net::port_of(origin);
}

bool HostCheck::is_allowed(net::Origin const& origin) const {
    return std::ranges::any_of(origins_, [&](net::Origin const& allowed) {
        return allowed.is_https == origin.is_https &&
               allowed.authority.host == origin.authority.host &&
               net::port_of(allowed) == net::port_of(origin);
    });
}

}  // namespace filegate::http
