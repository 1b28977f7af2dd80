#pragma once
// One server connection: requests one after another, each read, handled and answered before the
// next is looked at. Lives on one loop.

#include "net/connection_stream.hpp"
#include "net/http_request_head.hpp"
#include "net/http_server.hpp"
#include "net/request_body.hpp"
#include "net/response_head.hpp"

namespace filegate::net {

// What the connections of one loop share.
struct ConnectionSurroundings {
    Loop& loop;
    HttpHandler& handler;
    IdSource& ids;
    ServerOptions const& options;
    TlsIdentity const* tls = nullptr;
    DateText date{};
    bool is_draining = false;
};

class HttpConnection {
public:
    HttpConnection(ConnectionSurroundings& surroundings, UniqueFd fd, std::string peer_address);

    Task<void> serve_all();             // until one side has had enough
    Task<void> turn_away(Error error);  // answers this, whatever was asked

    void expire(MonotonicTime now) { stream_.expire(now); }
    void close_if_idle();

private:
    // None: nothing (more) was asked, close without a word.
    using NextHead = std::expected<std::optional<RequestHead>, Refusal>;
    enum class After : std::uint8_t {
        next_request,
        close,
        linger,  // the client may still be sending: see linger()
    };
    // What of the request decides how its answer is written.
    struct ReplyTo {
        HttpVersion version = HttpVersion::http_1_1;
        bool is_head = false;
        bool keeps_alive = false;
        RequestId id;
    };

    Task<bool> begin();
    Task<void> refuse(Refusal refused);
    Task<void> serve_requests();
    Task<NextHead> next_head();
    Task<bool> first_byte();
    bool skip_blank_lines(HeadScanner& scanner);

    Task<After> serve(RequestHead head);
    ServerRequest request_of(RequestHead& head, RequestBody& body);
    Task<ServerResponse> answer(ServerRequest& request);
    ServerResponse refusal(Refusal const& refusal, RequestId const& id);
    bool may_keep(RequestHead const& head, RequestBody const& body,
                  ServerResponse const& response) const;

    Task<bool> reply_refusal(Refusal const& refusal);
    Task<bool> send_response(ReplyTo const& to, ServerResponse& response);
    Task<bool> send_sized(ReplyTo const& to, ServerResponse& response, StreamedBody& body);
    Task<bool> send_unsized(ReplyTo const& to, ServerResponse& response, StreamedBody& body);
    void write_head(ReplyTo const& to, ServerResponse const& response, BodyFraming framing,
                    std::uint64_t content_length);
    Task<bool> send(Outgoing outgoing);
    Task<void> linger();

    ConnectionSurroundings& surroundings_;
    ConnectionStream stream_;
    std::string peer_address_;
    std::string head_text_;  // of the answer; kept for its capacity
    bool is_idle_ = false;
    std::size_t requests_ = 0;
    std::size_t blank_lines_ = 0;  // before the request that is being read
    Pace pace_;                    // of the client's taking of the current answer
};

}  // namespace filegate::net
