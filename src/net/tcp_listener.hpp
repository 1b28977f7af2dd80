#pragma once
// A listening TCP socket: bound once, then asked for connections.

#include "base/result.hpp"
#include "net/tcp_socket.hpp"

namespace filegate::net {

struct ListenAddress {
    std::string host;  // a numeric address of either family, with or without [], or localhost
    std::uint16_t port = 0;
};

struct Listening {
    UniqueFd fd;
    std::uint16_t port = 0;  // the real one
};

// Fails with address_in_use or configuration_error.
Result<Listening> listen_on(ListenAddress const& address);

std::string authority_of(ListenAddress const& address);  // HOST:PORT, IPv6 in brackets

struct Accepted {
    enum class Outcome : std::uint8_t {
        connection,
        would_block,
        gone,       // the client left while it waited; ask again
        exhausted,  // no descriptors or memory: wait a little, asking again now would spin
    };
    Outcome outcome = Outcome::would_block;
    UniqueFd fd;
    std::string peer_address;  // without the port
};

Accepted accept_from(int listener);

}  // namespace filegate::net
