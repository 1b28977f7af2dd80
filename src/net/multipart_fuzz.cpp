// The first byte chooses how the rest is cut into pieces; whole and cut must be told apart by
// nobody.

#include "base/check.hpp"
#include "net/multipart_parser.hpp"

namespace {

using namespace filegate;
using namespace filegate::net;

std::string describe(std::span<std::byte const> body, std::size_t piece_bytes) {
    MultipartParser parser("Bb", {.part_header_bytes_max = 200, .parts_max = 4});
    std::string seen;
    while (!body.empty()) {
        auto const piece = body.first(std::min(piece_bytes, body.size()));
        auto const step = parser.step(piece);
        if (!step) return seen + "!" + std::to_string(static_cast<int>(step.error().code));
        body = body.subspan(step->consumed);
        switch (step->event) {
            case MultipartParser::Event::part_begin:
                seen += "<" + step->head.name + "|" + step->head.filename.value_or("-") + "|" +
                        step->head.content_type + ">";
                break;
            case MultipartParser::Event::bytes:
                seen.append(reinterpret_cast<char const*>(step->bytes.data()), step->bytes.size());
                break;
            case MultipartParser::Event::part_end:
                seen += "</>";
                break;
            case MultipartParser::Event::end:
                return seen + ".";
            case MultipartParser::Event::need_more:
                break;
        }
        FG_CHECK(parser.held_bytes() < parser.delimiter_bytes(), "less than a delimiter is held");
    }
    auto const finished = parser.finish();
    return seen + (finished ? "?" : "!" + std::to_string(static_cast<int>(finished.error().code)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    auto const body = std::as_bytes(std::span(data + 1, size - 1));
    auto const whole = describe(body, body.size() + 1);
    FG_CHECK(whole == describe(body, 1 + data[0] % 16), "the pieces do not show");
    (void)multipart_boundary({reinterpret_cast<char const*>(data), size});
    return 0;
}
