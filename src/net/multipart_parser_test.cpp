#include "net/multipart_parser.hpp"

#include "net/multipart_fixture.hpp"
#include "net/multipart_head.hpp"

namespace filegate::net {
namespace {

// How long the longest end of `text` is that begins a delimiter.
std::size_t tail_beginning(std::string_view text, std::string_view delimiter) {
    auto size = std::min(text.size(), delimiter.size() - 1);
    while (!text.ends_with(delimiter.substr(0, size)))
        --size;
    return size;
}

// The whole body at once, by plain searching: what the incremental parser must agree with.
class Reference {
public:
    Reference(std::string_view body, std::string_view boundary, MultipartLimits limits)
        : text_("\r\n" + std::string(body)),
          delimiter_("\r\n--" + std::string(boundary)),
          limits_(limits) {}

    Outcome parse() {
        std::vector<Part> parts;
        if (auto const error = skip_preamble()) return std::unexpected(*error);
        while (!rest().starts_with("--")) {
            if (auto const error = skip_line_end()) return std::unexpected(*error);
            if (parts.size() == limits_.parts_max) {
                return std::unexpected(ErrorCode::validation_failed);
            }
            auto part = take_part();
            if (!part) return std::unexpected(part.error());
            parts.push_back(*std::move(part));
        }
        return parts;
    }

private:
    std::string_view rest() const { return std::string_view(text_).substr(at_); }

    std::optional<ErrorCode> skip_preamble() {
        auto const found = text_.find(delimiter_);
        if (found != 0) {
            if (delimiter_.starts_with(text_)) return ErrorCode::body_truncated;
            if (text_.starts_with("\r\n--")) return ErrorCode::validation_failed;
        }
        if (found == text_.npos) {
            auto const tail = tail_beginning(text_, delimiter_);
            auto const discarded =
                text_.size() - tail - std::min<std::size_t>(2, text_.size() - tail);
            auto const is_cut = tail > 0 && discarded <= limits_.part_header_bytes_max;
            return is_cut ? ErrorCode::body_truncated : ErrorCode::validation_failed;
        }
        if (found > limits_.part_header_bytes_max + 2) return ErrorCode::validation_failed;
        at_ = found + delimiter_.size();
        return std::nullopt;
    }

    std::optional<ErrorCode> skip_line_end() {
        if (rest() == "-") return ErrorCode::body_truncated;
        auto const text = rest().substr(std::min(rest().size(), rest().find_first_not_of(" \t")));
        if (std::string_view("\r").starts_with(text)) return ErrorCode::body_truncated;
        if (!text.starts_with("\r\n")) return ErrorCode::validation_failed;
        at_ = text_.size() - text.size() + 2;
        return std::nullopt;
    }

    std::expected<Part, ErrorCode> take_part() {
        auto const head_end = rest().starts_with("\r\n") ? 0 : rest().find("\r\n\r\n");
        if (head_end == text_.npos) {
            return std::unexpected(rest().size() > limits_.part_header_bytes_max
                                       ? ErrorCode::validation_failed
                                       : ErrorCode::body_truncated);
        }
        auto const block = rest().substr(0, head_end == 0 ? 2 : head_end + 4);
        auto const head = parse_part_head(block);
        if (!head || block.size() > limits_.part_header_bytes_max) {
            return std::unexpected(ErrorCode::validation_failed);
        }
        at_ += block.size();
        auto const end = text_.find(delimiter_, at_ - 2);
        if (end == text_.npos) return std::unexpected(ErrorCode::body_truncated);
        auto part = begin_part(*head);
        if (end > at_) part.content = text_.substr(at_, end - at_);
        at_ = end + delimiter_.size();
        return part;
    }

    std::string text_;
    std::string delimiter_;
    MultipartLimits limits_;
    std::size_t at_ = 0;
};

// Bodies put together, and then broken, at random: most are nearly right.
std::string random_body(Random& random) {
    static std::vector<std::string> const heads{
        "Content-Disposition: form-data; name=\"f\"\r\n\r\n",
        "Content-Disposition: form-data; name=f; filename=\"x\"\r\nContent-Type: a/b\r\n\r\n",
        "Content-Disposition: form-data; name=\"f\"\r\n", "\r\n", "X: y\r\n\r\n"};
    std::string body = random.below(4) == 0 ? tricky_bytes(random, random.below(12)) : "";
    if (!body.empty()) body += "\r\n";
    auto const parts = random.below(4);
    for (std::uint64_t i = 0; i < parts; ++i) {
        body += "--Bb";
        if (random.below(8) == 0) body += " \t";
        body += "\r\n" + heads[random.below(random.below(4) == 0 ? heads.size() : 2)];
        body += tricky_bytes(random, random.below(30)) + "\r\n";
    }
    body += "--Bb--" + (random.below(2) == 0 ? "\r\nepilogue" : ""s);
    if (random.below(3) == 0) body.resize(random.below(body.size() + 1));
    if (random.below(3) == 0 && !body.empty()) {
        body[random.below(body.size())] = "\r\n-B\0b :\""[random.below(9)];
    }
    return body;
}

std::vector<std::string_view> cut_at_random(Random& random, std::string_view body) {
    std::vector<std::string_view> pieces;
    while (!body.empty()) {
        auto const size = 1 + random.below(std::min<std::size_t>(body.size(), 9));
        pieces.push_back(body.substr(0, size));
        body.remove_prefix(size);
    }
    return pieces;
}

TEST(multipart_parser, agrees_with_a_plain_search_of_the_whole_body) {
    constexpr std::uint64_t seed = 20'260'801;
    SeededRandom random(seed);
    MultipartLimits const limits{.part_header_bytes_max = 90, .parts_max = 3};
    std::size_t accepted = 0;
    std::size_t truncated = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto const body = random_body(random);
        auto const expected = Reference(body, "Bb", limits).parse();
        accepted += expected ? 1 : 0;
        truncated += !expected && expected.error() == ErrorCode::body_truncated ? 1 : 0;
        ASSERT_EQ(parse_pieces(cut_at_random(random, body), "Bb", limits), expected)
            << "seed " << seed << ", round " << round << ": " << testing::PrintToString(body);
        if (round % 8 == 0) {
            ASSERT_EQ(read_parts(body, "Bb", 1 + random.below(20), 1 + random.below(2000), limits),
                      expected)
                << "seed " << seed << ", round " << round << ": " << testing::PrintToString(body);
        }
    }
    EXPECT_GT(accepted, 3000U);
    EXPECT_GT(truncated, 1000U);
}

TEST(multipart_parser, accepts_what_the_grammar_allows) {
    std::string const head = "Content-Disposition: form-data; name=\"f\"";
    struct Case {
        std::string body;
        std::vector<Part> parts;
    };
    Part const x{.name = "f", .content = "x"};
    std::vector<Case> const cases{
        {"--B--", {}},
        {"--B--\r\n", {}},
        {"--B--trailing", {}},
        {"\r\n--B--", {}},
        {"a preamble\r\nof lines\r\n" + one_part(head), {x}},
        {one_part(head) + "an epilogue\r\n--B\r\nnot a part", {x}},
        {"--B \t \r\n" + head + "\r\n\r\nx\r\n--B\t\r\n" + head + "\r\n\r\nx\r\n--B--", {x, x}},
        {"--B\r\n" + head + "\r\n\r\n\r\n--B--", {Part{.name = "f"}}},
        {"--B\r\n" + head + "\r\n\r\n--B--", {Part{.name = "f"}}},
        {one_part(head, "\r\n"), {Part{.name = "f", .content = "\r\n"}}},
        {one_part(head, " --B"), {Part{.name = "f", .content = " --B"}}},
        {one_part(head, "\n--B\r--B"), {Part{.name = "f", .content = "\n--B\r--B"}}},
        {one_part(head, "\0\0"s), {Part{.name = "f", .content = "\0\0"s}}},
        {one_part("content-disposition:form-data;NAME=f"), {x}},
        {one_part("X-Other: anything ;;; \"\r\n" + head + "\r\nContent-Length: 99"), {x}},
    };
    for (auto const& [body, parts] : cases) {
        auto const expected = Reference(body, "B", {}).parse();
        EXPECT_EQ(expected, parts) << body;
        expect_same_however_cut(body, "B", expected);
    }
}

TEST(multipart_parser, refuses_broken_boundary_lines) {
    std::string const rest = one_part("Content-Disposition: form-data; name=\"f\"").substr(3);
    for (auto const& body :
         {"--C"s + rest, "--Bx"s + rest, "--b"s + rest, "--B\n"s + rest.substr(2), "--B-\r\n"s,
          "--B -\r\n"s, "--B\r"s + rest, "--B\rx"s, "no boundary at all"s, "-- B"s + rest,
          "--\r\n--B"s + rest,
          "--B\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n--Bx\r\n"s}) {
        ASSERT_EQ(Reference(body, "B", {}).parse(),
                  Outcome(std::unexpect, ErrorCode::validation_failed))
            << body;
        expect_same_however_cut(body, "B", std::unexpected(ErrorCode::validation_failed));
    }
}

TEST(multipart_parser, limits_hold_to_the_byte_and_to_the_part) {
    std::string const head = "Content-Disposition: form-data; name=\"f\"";
    auto const head_bytes = head.size() + 4;
    auto const body = one_part(head);
    auto const with_head_max = [&](std::size_t bytes_max) {
        return parse_pieces({body}, "B", {.part_header_bytes_max = bytes_max}).has_value();
    };
    EXPECT_TRUE(with_head_max(head_bytes + 1));
    EXPECT_TRUE(with_head_max(head_bytes));
    EXPECT_FALSE(with_head_max(head_bytes - 1));

    auto const with_parts = [](std::size_t parts) {
        std::string many;
        for (std::size_t i = 0; i < parts; ++i)
            many += part_of("x", "B");
        return parse_pieces({many + "--B--"}, "B", {.parts_max = 3}).has_value();
    };
    EXPECT_TRUE(with_parts(2));
    EXPECT_TRUE(with_parts(3));
    EXPECT_FALSE(with_parts(4));

    auto const with_preamble = [&](std::size_t bytes) {
        return parse_pieces({std::string(bytes, 'p') + "\r\n" + body}, "B").has_value();
    };
    EXPECT_TRUE(with_preamble(8 * 1024));
    EXPECT_FALSE(with_preamble(8 * 1024 + 1));

    auto const with_padding = [&](std::size_t bytes) {
        return parse_pieces({"--B" + std::string(bytes, ' ') + body.substr(3)}, "B").has_value();
    };
    EXPECT_TRUE(with_padding(8 * 1024 - 2));
    EXPECT_FALSE(with_padding(8 * 1024 - 1));
}

}  // namespace
}  // namespace filegate::net
