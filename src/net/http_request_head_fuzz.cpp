// Any bytes: the end of the head does not depend on how they come, and what is accepted cannot be
// understood in two ways.

#include "net/http_request_head.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"

using namespace filegate;
using namespace filegate::net;

namespace {

constexpr std::size_t bytes_max = 2048;

struct Scanned {
    std::size_t head_bytes = 0;  // 0: none found
    bool is_refused = false;

    friend bool operator==(Scanned const&, Scanned const&) = default;
};

Scanned scan(std::string_view text, std::size_t step_bytes) {
    HeadScanner scanner(bytes_max);
    for (std::size_t seen = 0; seen < text.size();) {
        seen = std::min(text.size(), seen + step_bytes);
        std::vector<char> const shown(text.begin(),
                                      text.begin() + static_cast<std::ptrdiff_t>(seen));
        auto const found = scanner.scan({shown.data(), shown.size()});
        if (!found) return {.head_bytes = 0, .is_refused = true};
        if (*found) return {.head_bytes = **found, .is_refused = false};
    }
    return {};
}

void check_accepted(std::string_view head, RequestHead const& parsed) {
    FG_CHECK(!head.contains('\0'), "no NUL");
    FG_CHECK(!parsed.is_chunked || !parsed.content_length, "one way to find the body's end");
    FG_CHECK(parsed.headers.count("Transfer-Encoding") == (parsed.is_chunked ? 1U : 0U),
             "chunked only");
    FG_CHECK(!parsed.content_length == (parsed.headers.count("Content-Length") == 0),
             "a real length");
    FG_CHECK(parsed.headers.count("Host") <= 1, "one Host");
    FG_CHECK(parsed.version == HttpVersion::http_1_0 || parsed.headers.count("Host") == 1,
             "a Host");
    FG_CHECK(!parsed.method.empty() && !parsed.target.empty(), "a request line");
    FG_CHECK(parsed.path.starts_with('/') || parsed.path == "*", "a path");
    for (auto const& header : parsed.headers.list()) {
        FG_CHECK(header.value.find_first_of("\r\n") == std::string::npos, "a value is one line");
        FG_CHECK(header.name.find_first_of(" \t:\r\n") == std::string::npos, "a name is a token");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = scan(text, text.size() + 1);
    auto const split = scan(text, 1 + data[0] % 13);
    FG_CHECK(whole == split, "the end does not depend on how the bytes come");
    if (whole.head_bytes == 0) return 0;
    std::vector<char> const exact(text.begin(),
                                  text.begin() + static_cast<std::ptrdiff_t>(whole.head_bytes));
    std::string_view const head(exact.data(), exact.size());
    if (auto const parsed = parse_request_head(head)) check_accepted(head, *parsed);
    return 0;
}
