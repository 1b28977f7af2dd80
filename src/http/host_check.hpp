#pragma once
// Which names this server answers to, and which web pages may call it. A page whose own name was
// made to point at this machine (DNS rebinding) still sends that name as Host; a page of another
// site that just sends a request is told by Origin and Sec-Fetch-Site. Pure.

#include <optional>
#include <string>
#include <vector>

#include "net/authority.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

struct HostOptions {
    std::vector<std::string> allowed_hosts;    // "gateway.example": any port; "...:8443": that one
    std::vector<std::string> allowed_origins;  // "https://app.example"
};

// Why a text cannot stand in one of those lists, in words for an operator; none: it can.
std::optional<std::string> why_no_host(std::string_view text);
std::optional<std::string> why_no_origin(std::string_view text);

class HostCheck {
public:
    // Who sees what: without authentication only names of this machine and allowed ones are
    // answered to; with it, any name while none is configured.
    enum class Callers : std::uint8_t { anybody, authenticated };
    enum class Scheme : std::uint8_t { http, https };

    HostCheck() = default;  // for anybody, over HTTP, with empty lists
    // What why_no_host() and why_no_origin() object to is left out.
    HostCheck(HostOptions const& options, Callers callers, Scheme scheme);

    // host_refused, saying whose name it was and what to configure.
    Result<void> check(net::ServerRequest const& request) const;

    // The Origin that may read the answer; none: no page but our own may.
    std::optional<std::string> readable_by(net::ServerRequest const& request) const;

    bool is_https() const { return scheme_ == Scheme::https; }

private:
    Result<void> check_host(std::string_view host) const;
    Result<void> check_page(net::ServerRequest const& request) const;
    bool is_named(net::Authority const& authority) const;
    bool is_own(net::Origin const& origin, std::string_view host) const;
    bool is_allowed(net::Origin const& origin) const;

    std::vector<net::Authority> hosts_;
    std::vector<net::Origin> origins_;
    Callers callers_ = Callers::anybody;
    Scheme scheme_ = Scheme::http;
};

}  // namespace filegate::http
