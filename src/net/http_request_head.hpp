#pragma once
// The head of a request: where it ends, what it says, and every reason to refuse it (RFC 9112).
// Pure: no socket, no clock.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_message.hpp"

namespace filegate::net {

enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

struct RequestHead {
    std::string method;
    std::string target;
    std::string path;   // also of an absolute-form target: http://host/path
    std::string query;  // without the '?'
    std::string host;   // of an absolute-form target, else of the Host header; may be empty
    Headers headers;
    HttpVersion version = HttpVersion::http_1_1;
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;
    bool expects_continue = false;
    bool keeps_alive = true;
};

// Why a request is refused before the handler sees it. `status` is set where HTTP knows a better
// one than the error's own.
struct Refusal {
    Error error;
    std::optional<int> status;
};

// Finds the blank line that ends a head. Shown all bytes since the head began, again and again as
// they grow, it looks at each once. Refuses at once what no head may hold: control characters, a
// bare CR or LF, a folded line; and a head beyond `bytes_max`.
class HeadScanner {
public:
    explicit HeadScanner(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // How many bytes the head has, with its blank line; none while it has not ended.
    std::expected<std::optional<std::size_t>, Refusal> scan(std::string_view bytes);

private:
    std::size_t bytes_max_;
    std::size_t line_begin_ = 0;
    std::size_t scanned_ = 0;
};

// A whole head, as HeadScanner found it. Refuses whatever two readers could understand differently:
// that is what request smuggling is made of.
std::expected<RequestHead, Refusal> parse_request_head(std::string_view head);

}  // namespace filegate::net
