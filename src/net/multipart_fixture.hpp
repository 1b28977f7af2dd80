#pragma once
// For the multipart tests: bodies, and two ways to take one apart, the parser by hand and the
// reader.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/sim_loop.hpp"
#include "net/multipart.hpp"
#include "net/multipart_parser.hpp"

namespace filegate::net {

using std::string_literals::operator""s;

struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
    std::string content;
    friend bool operator==(Part const&, Part const&) = default;
};

inline void PrintTo(Part const& part, std::ostream* out) {
    *out << part.name << " / " << part.filename.value_or("-") << " / " << part.content_type << " / "
         << part.content;
}

using Outcome = std::expected<std::vector<Part>, ErrorCode>;

inline std::span<std::byte const> octets(std::string_view text) {
    return std::as_bytes(std::span(text));
}

inline Part begin_part(PartHead const& head) {
    return {.name = head.name, .filename = head.filename, .content_type = head.content_type};
}

inline std::expected<bool, ErrorCode> feed(MultipartParser& parser, std::string_view piece,
                                           std::vector<Part>& parts) {
    while (true) {
        auto step = parser.step(octets(piece));
        if (!step) return std::unexpected(step.error().code);
        piece.remove_prefix(step->consumed);
        if (step->event == MultipartParser::Event::end) return true;
        if (step->event == MultipartParser::Event::part_begin) {
            parts.push_back(begin_part(step->head));
        } else if (step->event == MultipartParser::Event::bytes) {
            parts.back().content.append(reinterpret_cast<char const*>(step->bytes.data()),
                                        step->bytes.size());
        } else if (step->event == MultipartParser::Event::need_more && piece.empty()) {
            return false;
        }
    }
}

inline Outcome parse_pieces(std::vector<std::string_view> const& pieces, std::string_view boundary,
                            MultipartLimits limits = {}) {
    MultipartParser parser(boundary, limits);
    std::vector<Part> parts;
    for (auto const piece : pieces) {
        auto const is_over = feed(parser, piece, parts);
        if (!is_over) return std::unexpected(is_over.error());
        if (*is_over) return parts;
    }
    if (auto const finished = parser.finish(); !finished) {
        return std::unexpected(finished.error().code);
    }
    return parts;
}

// Gives a text in pieces of at most `piece_bytes`.
class PieceSource final : public ByteSource {
public:
    PieceSource(std::string_view text, std::size_t piece_bytes)
        : text_(text), piece_bytes_(piece_bytes) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        EXPECT_FALSE(into.empty());
        auto const count = std::min({into.size(), piece_bytes_, text_.size()});
        std::copy_n(octets(text_).begin(), count, into.begin());
        text_.remove_prefix(count);
        co_return count;
    }

private:
    std::string_view text_;
    std::size_t piece_bytes_;
};

inline Task<Outcome> pull_parts(ByteSource& source, std::string boundary, std::size_t span_bytes,
                                MultipartLimits limits) {
    MultipartReader reader(source, boundary, limits);
    std::vector<Part> parts;
    std::vector<std::byte> buffer(span_bytes);
    while (true) {
        auto const head = co_await reader.next_part();
        if (!head) co_return std::unexpected(head.error().code);
        if (!*head) co_return parts;
        parts.push_back(begin_part(**head));
        while (true) {
            auto const count = co_await reader.read(buffer);
            if (!count) co_return std::unexpected(count.error().code);
            if (*count == 0) break;
            parts.back().content.append(reinterpret_cast<char const*>(buffer.data()), *count);
        }
    }
}

inline Outcome read_parts(std::string_view body, std::string_view boundary, std::size_t piece_bytes,
                          std::size_t span_bytes, MultipartLimits limits = {}) {
    SimLoop loop;
    PieceSource source(body, piece_bytes);
    return loop.run_task(pull_parts(source, std::string(boundary), span_bytes, limits));
}

inline void expect_same_however_cut(std::string_view body, std::string_view boundary,
                                    Outcome const& expected) {
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
        auto const outcome = parse_pieces({body.substr(0, cut), body.substr(cut)}, boundary);
        ASSERT_EQ(outcome, expected) << "cut at " << cut << " of " << body;
    }
    std::vector<std::string_view> single_bytes;
    for (std::size_t i = 0; i < body.size(); ++i)
        single_bytes.push_back(body.substr(i, 1));
    ASSERT_EQ(parse_pieces(single_bytes, boundary), expected) << body;
}

inline std::string part_of(std::string_view content, std::string_view boundary) {
    return fmt::format("--{}\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n{}\r\n", boundary,
                       content);
}

inline std::string one_part(std::string_view head, std::string_view content = "x") {
    return fmt::format("--B\r\n{}\r\n\r\n{}\r\n--B--\r\n", head, content);
}

// Bytes that look like the delimiter of boundary "Bb" at every turn.
inline std::string tricky_bytes(Random& random, std::size_t count) {
    static std::vector<std::string> const pieces{
        "\r",      "\n",        "\r\n", "\r\n-",  "\r\n--",   "-", "--B",
        "\r\n--B", "\r\r\n--B", "b",    "\r\n-B", "\r\n--BB", "x", "\0"s};
    std::string bytes;
    while (bytes.size() < count)
        bytes += pieces[random.below(pieces.size())];
    return bytes;
}

}  // namespace filegate::net
