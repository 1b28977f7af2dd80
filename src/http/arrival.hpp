#pragma once
// Where a request came in, as access/ counts it and the audit trail tells it.

#include "access/principal.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

access::Arrival arrival_of(net::ServerRequest const& request);

}  // namespace filegate::http
