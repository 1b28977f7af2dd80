#include "net/tcp_listener.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace filegate::net {
namespace {

constexpr int listen_backlog = 1024;

std::string_view without_brackets(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
    return host;
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<SocketAddress> resolve(ListenAddress const& address) {
    auto const bare = without_brackets(address.host);
    // Not left to the resolver: it may name either family, and a file decides which.
    auto const host = std::string(bare == "localhost" ? "127.0.0.1" : bare);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    auto const port = std::to_string(address.port);
    if (host.empty() || ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) {
        return fail(ErrorCode::configuration_error,
                    fmt::format("'{}' is not an address to listen on; use one like 127.0.0.1, "
                                "0.0.0.0 or ::1.",
                                address.host));
    }
    SocketAddress resolved;
    std::memcpy(&resolved.storage, found->ai_addr, found->ai_addrlen);
    resolved.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return resolved;
}

std::unexpected<Error> cannot_listen(ListenAddress const& address) {
    auto const reason = errno;
    auto const where = authority_of(address);
    if (reason == EADDRINUSE) {
        return fail(
            ErrorCode::address_in_use,
            fmt::format("{} is in use by another program; stop it or choose another port.", where));
    }
    return fail(ErrorCode::configuration_error,
                fmt::format("Cannot listen on {}: {}. Choose an address of this machine and a port "
                            "you may use.",
                            where, std::strerror(reason)));
}

std::uint16_t port_of(SocketAddress const& address) {
    if (address.storage.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<sockaddr_in6 const&>(address.storage).sin6_port);
    }
    return ntohs(reinterpret_cast<sockaddr_in const&>(address.storage).sin_port);
}

// An IPv4 client of an IPv6 listener is named by its IPv4 address, so that limits count it once.
std::string host_of(SocketAddress const& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.storage.ss_family == AF_INET6) {
        auto const& six = reinterpret_cast<sockaddr_in6 const&>(address.storage);
        if (!IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
            return ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
        }
        return ::inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], text.data(), text.size());
    }
    auto const& four = reinterpret_cast<sockaddr_in const&>(address.storage);
    return ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
}

Accepted::Outcome why_not_accepted(int reason) {
    switch (reason) {
        case EAGAIN:
            return Accepted::Outcome::would_block;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return Accepted::Outcome::exhausted;
        // Linux reports errors of the new connection here; accept(2) says to ask again.
        case EINTR:
        case ECONNABORTED:
        case EPERM:
        case EPROTO:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
            return Accepted::Outcome::gone;
        default:
            return Accepted::Outcome::exhausted;
    }
}

}  // namespace

Result<Listening> listen_on(ListenAddress const& address) {
    TRY(auto where, resolve(address));
    UniqueFd fd(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return cannot_listen(address);
    int const on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), where.pointer(), where.size) != 0 ||
        ::listen(fd.get(), listen_backlog) != 0 ||
        ::getsockname(fd.get(), where.pointer(), &where.size) != 0) {
        return cannot_listen(address);
    }
    return Listening{.fd = std::move(fd), .port = port_of(where)};
}

std::string authority_of(ListenAddress const& address) {
    auto const host = without_brackets(address.host);
    auto const is_six = host.contains(':');
    return fmt::format("{}{}{}:{}", is_six ? "[" : "", host, is_six ? "]" : "", address.port);
}

Accepted accept_from(int listener) {
    SocketAddress peer;
    UniqueFd fd(::accept4(listener, peer.pointer(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.is_open()) {
        return {.outcome = why_not_accepted(errno), .fd = {}, .peer_address = {}};
    }
    int const on = 1;
    // Every answer leaves in one write: nothing is gained by waiting for more.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {.outcome = Accepted::Outcome::connection,
            .fd = std::move(fd),
            .peer_address = host_of(peer)};
}

}  // namespace filegate::net
