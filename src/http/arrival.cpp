#include "http/arrival.hpp"

namespace filegate::http {

access::Arrival arrival_of(net::ServerRequest const& request) {
    return {.door = "http",
            .peer_address = request.peer_address,
            .request = request.id,
            .has_body = request.has_body};
}

}  // namespace filegate::http
