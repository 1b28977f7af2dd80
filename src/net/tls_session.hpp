#pragma once
// TLS on one accepted socket, with the calls of a TcpSocket: never waits, and says would_block when
// it has to. Then the connection waits for wanted(), which is not always the obvious direction.

#include "net/tcp_socket.hpp"
#include "net/tls_identity.hpp"

namespace filegate::net {

class TlsSession {
public:
    // `socket` outlives it. Does nothing yet.
    TlsSession(TlsIdentity const& identity, TcpSocket& socket);

    IoResult shake_hands();
    // Fills as much of `into` as has come. `closed` only when the peer said so: a connection that
    // just breaks off has failed, because anybody on the way could have cut it.
    IoResult receive(std::span<std::byte> into);
    IoResult drop(std::size_t bytes_max);
    IoResult send(Outgoing& outgoing);  // after would_block again with the same bytes
    void say_end();                     // close_notify, when it can leave at once

    Direction wanted() const { return wanted_; }

private:
    IoResult result_of(int answer, std::size_t bytes);

    std::unique_ptr<ssl_st, FreeTls> session_;
    Direction wanted_ = Direction::readable;
    bool has_failed_ = false;
};

}  // namespace filegate::net
