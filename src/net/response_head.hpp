#pragma once
// The head of an answer as bytes, and how its body is framed (RFC 9112 section 6). Pure.

#include "net/http_message.hpp"
#include "net/http_request_head.hpp"

namespace filegate::net {

enum class BodyFraming : std::uint8_t {
    none,    // the status forbids a body, and says nothing of a length
    length,  // Content-Length
    chunked,
    until_close,  // HTTP/1.0 without a length
};

BodyFraming choose_framing(int status, HttpVersion version, bool is_length_known);

// The Date header's value, made anew only when the second changes.
class DateText {
public:
    std::string_view at(WallTime now);

private:
    std::int64_t second_ = -1;
    std::string text_;
};

struct ResponseHeadParts {
    int status = 200;
    Headers const& headers;
    HttpVersion version = HttpVersion::http_1_1;
    BodyFraming framing = BodyFraming::length;
    std::uint64_t content_length = 0;
    bool keeps_alive = true;
    std::string_view date;
    std::string_view request_id;
};

// Headers that are the server's own are dropped from `headers`; a control character in the others
// becomes a blank, so that no value can end the head early.
void append_response_head(std::string& out, ResponseHeadParts const& parts);

// chunk-size CRLF, as it stands before a chunk's data.
std::string chunk_head(std::size_t data_bytes);

}  // namespace filegate::net
