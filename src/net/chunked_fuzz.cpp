// Any chunked body, split in any way, decodes to the same bytes or fails in both.

#include "net/chunked.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"

using namespace filegate;
using namespace filegate::net;

namespace {

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool is_done = false;
    bool has_failed = false;
};

Decoded decode(std::string_view raw, std::size_t step_bytes) {
    Decoded decoded;
    ChunkedDecoder decoder;
    while (decoded.consumed < raw.size() && !decoder.is_done()) {
        auto const piece_text = raw.substr(decoded.consumed, step_bytes);
        std::vector<char> piece(piece_text.begin(), piece_text.end());
        auto const step = decoder.decode(std::as_writable_bytes(std::span(piece)));
        if (!step) {
            decoded.has_failed = true;
            return decoded;
        }
        FG_CHECK(step->produced <= step->consumed && step->consumed <= piece.size(),
                 "no byte is made up");
        FG_CHECK(step->consumed == piece.size() || decoder.is_done(),
                 "only the end leaves bytes over");
        decoded.body.append(piece.data(), step->produced);
        decoded.consumed += step->consumed;
    }
    decoded.is_done = decoder.is_done();
    return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const raw(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = decode(raw, raw.size() + 1);
    auto const split = decode(raw, 1 + data[0] % 17);
    FG_CHECK(whole.has_failed == split.has_failed, "failure does not depend on the splitting");
    if (whole.has_failed) return 0;
    FG_CHECK(whole.body == split.body, "the body does not depend on the splitting");
    FG_CHECK(whole.consumed == split.consumed, "the end does not depend on the splitting");
    FG_CHECK(whole.is_done == split.is_done, "being done does not depend on the splitting");
    return 0;
}
