#pragma once

#include "access/principal.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

access::Arrival arrival_of(net::ServerRequest const& request);

}  // namespace filegate::http
