#pragma once
// HTTP/1.1 server: streaming bodies with bounded memory, keep-alive, chunked, Expect, limits on
// everything, graceful drain. One acceptor hands connections round-robin to the loops; a connection
// stays on its loop, and so does the handler it calls.

#include <vector>

#include "base/deadline.hpp"
#include "net/http_message.hpp"
#include "net/loop.hpp"
#include "net/tls_identity.hpp"

namespace filegate::net {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    std::size_t connections_max = 10'000;
    // From one address, or from one /64 network of IPv6. 0: a tenth of connections_max, and all of
    // it from this machine, where a proxy may stand.
    std::size_t connections_per_address_max = 0;
    std::size_t header_bytes_max = 32 * 1024;  // request line and headers together
    seconds header_timeout{15};  // from the first byte (or accept) to the blank line; TLS handshake
    seconds body_idle_timeout{30};   // between two reads of a body
    seconds keep_alive_timeout{60};  // between two requests
    seconds write_idle_timeout{30};  // between two writes the client takes
    // That bodies and answers must reach on average, when the client has been waited for as long as
    // the idle timeout in all; 0: any.
    std::uint64_t body_rate_min = 1024;
    std::uint64_t unread_body_bytes_max = 1 << 20;  // read and dropped to keep a connection alive
};

class HttpHandler {
public:
    virtual ~HttpHandler() = default;

    // Runs on the connection's loop, many at a time. Failures are answers; an exception other than
    // Cancelled becomes a plain 500.
    virtual Task<ServerResponse> handle(ServerRequest& request) = 0;

    // Answers for what never became a request (too large a header, bad syntax, timeout), in the
    // handler's own error format.
    virtual ServerResponse refuse(Error const& error, RequestId const& id) = 0;

    // A streamed answer whose source failed after its head had left: the client sees a cut
    // connection, the operator should see this.
    virtual void note_broken_answer(Error const& error, RequestId const& id) = 0;
};

class HttpServer {
public:
    // `loops` must run, and with `handler`, `ids` and `tls` outlive the server. With `tls` it
    // speaks nothing else.
    HttpServer(std::vector<Loop*> loops, HttpHandler& handler, IdSource& ids, ServerOptions options,
               TlsIdentity const* tls = nullptr);
    ~HttpServer();  // after stop() has been awaited

    // Binds and starts accepting. Fails with address_in_use or configuration_error.
    Result<void> start();
    std::uint16_t port() const;
    std::string url() const;  // http://HOST:PORT or https://HOST:PORT

    // Closes the listener and idle connections at once, lets running requests finish until the
    // deadline (each answer says Connection: close), then cancels the rest. Any executor.
    Task<void> stop(Deadline drain_until);

    std::size_t connection_count() const;  // any thread

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::net
