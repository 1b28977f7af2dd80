#pragma once
// One conversation with clamd on a socket. On the loop's thread; every call may be cancelled.

#include "ingest/clamd_address.hpp"
#include "net/tcp_socket.hpp"

namespace filegate::ingest {

class ClamdConnection {
public:
    static Task<Result<std::unique_ptr<ClamdConnection>>> open(net::Loop& loop,
                                                               ClamdAddress address);
    ClamdConnection(net::Loop& loop, net::UniqueFd fd) : socket_(loop, std::move(fd)) {}

    // All of the pieces; false when clamd takes no more.
    Task<bool> send(net::Outgoing outgoing);
    // Until a zero byte, the end of the connection, or as many bytes as an answer may have.
    Task<std::string> receive_answer();

private:
    net::TcpSocket socket_;
};

}  // namespace filegate::ingest
