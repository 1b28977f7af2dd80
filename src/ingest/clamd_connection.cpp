#include "ingest/clamd_connection.hpp"

#include <cstring>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "ingest/clamd_answer.hpp"

namespace filegate::ingest {
namespace {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    sockaddr const* pointer() const { return reinterpret_cast<sockaddr const*>(&storage); }
};

std::unexpected<Error> not_reached(ClamdAddress const& address, int reason) {
    return fail(
        ErrorCode::scanner_unavailable, "the malware scanner cannot be reached; try again shortly",
        fmt::format("connecting to clamd at {}: {}", address.text(), std::strerror(reason)));
}

// Never asks a resolver.
Result<SocketAddress> socket_address(ClamdAddress const& address) {
    SocketAddress result;
    if (!address.path.empty()) {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        FG_CHECK(address.path.size() < sizeof local.sun_path, "the address was checked");
        address.path.copy(local.sun_path, sizeof local.sun_path - 1);
        std::memcpy(&result.storage, &local, sizeof local);
        result.size = sizeof local;
        return result;
    }
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) {
        return not_reached(address, EADDRNOTAVAIL);
    }
    std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
    result.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return result;
}

int pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace

Task<Result<std::unique_ptr<ClamdConnection>>> ClamdConnection::open(net::Loop& loop,
                                                                     ClamdAddress address) {
    CO_TRY(auto const where, socket_address(address));
    net::UniqueFd fd(
        ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) co_return not_reached(address, errno);
    // A Unix socket whose queue is full says EAGAIN: as good as refused.
    auto const status = ::connect(fd.get(), where.pointer(), where.size);
    auto const reason = errno;
    if (status != 0 && reason != EINPROGRESS) co_return not_reached(address, reason);
    auto connection = std::make_unique<ClamdConnection>(loop, std::move(fd));
    if (status != 0) {
        co_await connection->socket_.wait(net::Direction::writable, no_deadline);
        auto const error = pending_error(connection->socket_.native());
        if (error != 0) co_return not_reached(address, error);
    }
    co_return connection;
}

Task<bool> ClamdConnection::send(net::Outgoing outgoing) {
    while (!outgoing.is_empty()) {
        auto const sent = socket_.send(outgoing);
        if (sent.status == net::IoStatus::would_block) {
            co_await socket_.wait(net::Direction::writable, no_deadline);
        } else if (sent.status != net::IoStatus::done) {
            co_return false;
        }
    }
    co_return true;
}

Task<std::string> ClamdConnection::receive_answer() {
    std::string answer(clamd_answer_bytes_max, '\0');
    std::size_t filled = 0;
    while (filled < answer.size()) {
        auto const room = std::as_writable_bytes(std::span(answer)).subspan(filled);
        auto received = socket_.receive(room);
        if (received.status == net::IoStatus::would_block) {
            co_await socket_.wait(net::Direction::readable, no_deadline);
            continue;
        }
        if (received.status != net::IoStatus::done) break;
        filled += received.bytes;
        if (answer[filled - 1] == '\0') break;
    }
    answer.resize(filled);
    co_return answer;
}

}  // namespace filegate::ingest
