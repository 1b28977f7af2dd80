#pragma once
// What a client without the right token is told (RFC 6750 section 3, RFC 9728, MCP's
// authorization): which token it needs and where to read about that.

#include "access/principal.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

struct Asked {
    std::optional<access::Scope> needed;  // by the route, when it is known
    bool is_https = false;
};

// Adds WWW-Authenticate to a refusal with 401, or with 403 for want of a scope; others stay as they
// are.
void add_challenge(net::ServerResponse& refusal, Error const& error,
                   net::ServerRequest const& request, Asked asked);

// https://HOST as the client wrote it, http:// for this machine without TLS; none: no usable Host
// header.
std::optional<std::string> base_url(net::ServerRequest const& request, bool is_https);

}  // namespace filegate::http
