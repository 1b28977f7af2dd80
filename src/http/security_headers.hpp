#pragma once
// What tells browsers to be careful with our answers, and which pages may read them.

#include "http/host_check.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

// On every answer, refusals included. A header that the answer has already stays as it is.
void add_security_headers(net::Headers& headers, HostCheck const& hosts);

// For the page at `origin`, which HostCheck::readable_by() named.
void add_cors_headers(net::Headers& headers, std::string origin);

// A browser asks before it lets such a page send more than a plain form could.
bool is_preflight(net::ServerRequest const& request);
net::ServerResponse preflight_answer(net::ServerRequest const& request);

}  // namespace filegate::http
