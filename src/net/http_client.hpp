#pragma once
// Outbound HTTP. One request, one answer or one TransportFailure that says how far it got: the
// caller decides what to do about it. No retries here, but for one: a kept connection that turns
// out to be dead is replaced when the server cannot have acted, or may act twice without harm.

#include <functional>

#include "base/deadline.hpp"
#include "net/http_message.hpp"

namespace filegate::net {

class Loop;

struct ClientRequest {
    std::string method = "GET";
    std::string url;
    Headers headers;
    ReopenableBody const* body = nullptr;  // sent with its Content-Length; must outlive the call
    Deadline deadline = no_deadline;       // for the whole exchange
    seconds connect_timeout{8};
    seconds stall_timeout{60};                 // no byte in either direction for so long
    std::size_t response_bytes_max = 4 << 20;  // a longer body is a failure; not used with `sink`
    // When set, a 2xx body goes here piece by piece instead of into ClientResponse::body. Called on
    // the client's loop; false aborts.
    std::function<bool(std::span<std::byte const>)> sink;
    std::function<void(std::uint64_t)> on_sent_bytes;  // progress of the body; client's loop
    bool is_fresh_connection = false;                  // neither reuses nor keeps a connection
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

struct TransportFailure {
    enum class Stage : std::uint8_t {
        connecting,       // nothing was sent
        sending,          // part of the request was sent
        awaiting_answer,  // all was sent, no status line came: the server may have acted
                          // (ambiguous)
        receiving,        // the answer broke off
        reading_body,     // our own body source failed; `message` says why
    };
    Stage stage = Stage::connecting;
    bool is_timeout = false;
    bool is_tls = false;  // certificate or handshake
    std::string message;  // curl's words; for logs and operators, holds no secret
};

using ClientResult = std::expected<ClientResponse, TransportFailure>;

class HttpClient {
public:
    virtual ~HttpClient() = default;

    // Any executor. Cancelled, it breaks the exchange off and returns when the body is let go.
    virtual Task<ClientResult> send(ClientRequest request) = 0;
};

struct CurlClientOptions {
    std::size_t connections_per_host_max = 64;
    std::string ca_file;     // empty: the system's
    std::string user_agent;  // filegate/VERSION
};

// libcurl's multi interface on one loop, which outlives it. Verifies certificates, follows no
// redirect, undoes no compression, obeys the proxy environment variables. Keeps connections, and
// shares them by HTTP/2 over TLS. A request that waits for one of `connections_per_host_max` waits
// within its stall timeout.
class CurlClient final : public HttpClient {
public:
    CurlClient(Loop& loop, CurlClientOptions options);
    ~CurlClient() override;  // after every send() has returned
    Task<ClientResult> send(ClientRequest request) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::net
