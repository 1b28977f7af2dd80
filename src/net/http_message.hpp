#pragma once
// HTTP/1.1 messages as values (RFC 9110, RFC 9112), the same for server and client.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_source.hpp"
#include "base/ids.hpp"

namespace filegate::net {

struct Header {
    std::string name;
    std::string value;
};

// Names compare without regard to ASCII case; order and repetition are kept.
class Headers {
public:
    Headers() = default;
    Headers(std::initializer_list<Header> headers) : list_(headers) {}

    void add(std::string name, std::string value);
    void set(std::string name, std::string value);  // replaces every header of that name
    std::optional<std::string_view> find(std::string_view name) const;  // the first
    std::size_t count(std::string_view name) const;
    std::vector<Header> const& list() const { return list_; }

private:
    std::vector<Header> list_;
};

// A request whose body has not been read yet. `body` reads straight from the connection: chunked
// coding is undone, a pending `Expect: 100-continue` is answered by the first read. The server
// drops what the handler leaves unread.
struct ServerRequest {
    std::string method;  // upper case, as sent
    std::string target;  // as sent: /v1/files?limit=2
    std::string path;    // target up to '?', still percent-encoded
    std::string query;   // target after '?', still percent-encoded
    std::string host;    // whom the client means to talk to, as sent: gateway.example:8787
    Headers headers;
    std::string peer_address;
    RequestId id;
    std::optional<std::uint64_t> content_length;  // none: chunked, or no body
    bool has_body = false;
    ByteSource* body = nullptr;
};

// A body whose bytes are pulled while they are sent. Without `size_bytes` it goes out chunked.
struct StreamedBody {
    std::unique_ptr<ByteSource> source;
    std::optional<std::uint64_t> size_bytes;
};

// The server adds Content-Length or Transfer-Encoding, Connection, X-Request-Id and, where the
// handler has set none, Date itself,
// and sends no body in answer to HEAD.
struct ServerResponse {
    int status = 200;
    Headers headers;
    std::variant<std::string, StreamedBody> body;
    bool is_cut = false;  // close the connection without answering; nothing above is sent
};

std::string_view reason_phrase(int status);

}  // namespace filegate::net
