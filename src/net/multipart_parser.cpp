// multipart/form-data, RFC 2046 section 5.1.1 as RFC 7578 and the WHATWG's encoding of form data
// narrow it:
//
//   body            = [ preamble CRLF ] "--" boundary rest-of-line *( part delimiter rest-of-line )
//                     part close [ epilogue ]
//   delimiter       = CRLF "--" boundary
//   close           = delimiter "--"
//   rest-of-line    = *( SP / HTAB ) CRLF
//   part            = head *OCTET                    (no octet sequence in it is a delimiter)
//   head            = *( header-line CRLF ) CRLF     (multipart_head.cpp)
//
// A CRLF before a delimiter belongs to the delimiter, also the one that ends a head: a part may be
// headers alone. So both the body and each part begin as if a CRLF had just been seen.
//
//   state           input                     event                      next
//   preamble        "--" boundary             -                          delimiter_line
//   preamble        "--" and no boundary      validation_failed
//   delimiter_line  "--"                      end                        end
//   delimiter_line  rest-of-line              -                          head
//   head            blank line                part_begin                 body
//   body            octets                    bytes                      body
//   body            delimiter                 part_end                   delimiter_line
//   end             anything                  end, nothing used          end
//
// The delimiter begins with CR and holds no other, so a match that fails cannot have another one
// begin inside it: what was held back is the part's as a whole, or the delimiter's.

#include "net/multipart_parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "net/delimiter_search.hpp"
#include "net/multipart_head.hpp"

namespace filegate::net {

namespace {

std::string_view as_text(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::span<std::byte const> as_octets(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::size_t common_prefix(std::string_view one, std::string_view other) {
    return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

std::unexpected<Error> malformed(std::string_view what) {
    return fail(ErrorCode::validation_failed,
                fmt::format("the multipart body is malformed: {}", what));
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : delimiter_(fmt::format("\r\n--{}", boundary)), limits_(limits) {
    FG_CHECK(!boundary.empty() && !boundary.contains('\r'), "the boundary was checked");
}

Result<MultipartParser::Step> MultipartParser::step(std::span<std::byte const> input) {
    auto const text = as_text(input);
    switch (state_) {
        case State::preamble:
            return scan_preamble(text);
        case State::delimiter_line:
            return read_delimiter_line(text);
        case State::head:
            return read_head(text);
        case State::body:
            return scan_body(text);
        case State::end:
            break;
    }
    return Step{.event = Event::end};
}

Result<void> MultipartParser::finish() const {
    if (state_ == State::end) return {};
    if (state_ == State::preamble && matched_ == 0) {
        return malformed("the boundary that the Content-Type announces is not in it");
    }
    return fail(ErrorCode::body_truncated,
                "the multipart body ends before its closing boundary; send it again in full");
}

Result<MultipartParser::Step> MultipartParser::scan_preamble(std::string_view input) {
    auto const is_first_line = imagined_ > 0;
    auto const fitting =
        matched_ + common_prefix(input, std::string_view(delimiter_).substr(matched_));
    auto const step = scan_body(input);
    if (step.event == Event::part_end) return Step{.consumed = step.consumed};
    constexpr std::size_t dashes_end = 4;
    auto const has_failed = imagined_ == 0;
    if (is_first_line && has_failed && fitting >= dashes_end) {
        return malformed("it begins with another boundary than the Content-Type announces");
    }
    preamble_bytes_ += step.bytes.size();
    if (preamble_bytes_ > limits_.part_header_bytes_max) {
        return malformed(fmt::format("more than {} bytes come before its first boundary",
                                     limits_.part_header_bytes_max));
    }
    return Step{.consumed = step.consumed};
}

Result<MultipartParser::Step> MultipartParser::read_delimiter_line(std::string_view input) {
    for (std::size_t i = 0; i < input.size(); ++i) {
        line_.push_back(input[i]);
        if (line_ == "-") continue;
        if (line_ == "--") {
            state_ = State::end;
            return Step{.event = Event::end, .consumed = i + 1};
        }
        auto const padding = std::string_view(line_).substr(0, line_.find_first_not_of(" \t"));
        auto const after_padding = std::string_view(line_).substr(padding.size());
        if (!std::string_view("\r\n").starts_with(after_padding)) {
            return malformed("something other than a line end follows a boundary");
        }
        if (line_.size() > limits_.part_header_bytes_max) {
            return malformed(fmt::format("more than {} blanks follow a boundary",
                                         limits_.part_header_bytes_max));
        }
        if (after_padding != "\r\n") continue;
        if (++parts_ > limits_.parts_max) {
            return malformed(fmt::format("it has more than the {} parts allowed; send fewer fields",
                                         limits_.parts_max));
        }
        line_.clear();
        state_ = State::head;
        return Step{.consumed = i + 1};
    }
    return Step{.consumed = input.size()};
}

Result<MultipartParser::Step> MultipartParser::read_head(std::string_view input) {
    std::size_t used = 0;
    while (used < input.size()) {
        auto const line_end = input.find('\n', used);
        auto const piece =
            input.substr(used, line_end == input.npos ? line_end : line_end - used + 1);
        if (line_.size() + piece.size() > limits_.part_header_bytes_max) {
            return malformed(
                fmt::format("the headers of a part are longer than the {} bytes "
                            "allowed; shorten the file name",
                            limits_.part_header_bytes_max));
        }
        line_ += piece;
        used += piece.size();
        if (line_ != "\r\n" && !line_.ends_with("\r\n\r\n")) continue;
        TRY(auto head, parse_part_head(line_));
        line_.clear();
        state_ = State::body;
        matched_ = imagined_ = 2;
        return Step{.event = Event::part_begin, .consumed = used, .head = std::move(head)};
    }
    return Step{.consumed = used};
}

MultipartParser::Step MultipartParser::scan_body(std::string_view input) {
    if (matched_ > 0) {
        auto const wanted = std::string_view(delimiter_).substr(matched_, input.size());
        if (input.starts_with(wanted)) {
            matched_ += wanted.size();
            if (matched_ == delimiter_.size()) return enter_delimiter_line(wanted.size());
            return Step{.consumed = wanted.size()};
        }
        auto const held = std::string_view(delimiter_).substr(imagined_, held_bytes());
        matched_ = imagined_ = 0;
        if (!held.empty()) return Step{.event = Event::bytes, .bytes = as_octets(held)};
    }
    auto const found = find_delimiter(input, delimiter_);
    if (found == 0) return enter_delimiter_line(delimiter_.size());
    if (found != input.npos) {
        return Step{
            .event = Event::bytes, .consumed = found, .bytes = as_octets(input.substr(0, found))};
    }
    matched_ = fitting_tail(input);
    auto const plain = input.substr(0, input.size() - matched_);
    return Step{.event = plain.empty() ? Event::need_more : Event::bytes,
                .consumed = input.size(),
                .bytes = as_octets(plain)};
}

MultipartParser::Step MultipartParser::enter_delimiter_line(std::size_t consumed) {
    state_ = State::delimiter_line;
    matched_ = imagined_ = 0;
    return Step{.event = Event::part_end, .consumed = consumed};
}

// How many of the input's last bytes begin a delimiter. Only the last CR can be the beginning.
std::size_t MultipartParser::fitting_tail(std::string_view input) const {
    auto const tail = input.substr(input.size() - std::min(input.size(), delimiter_.size() - 1));
    auto const carriage_return = tail.rfind('\r');
    if (carriage_return == tail.npos) return 0;
    auto const candidate = tail.substr(carriage_return);
    return delimiter_.starts_with(candidate) ? candidate.size() : 0;
}

}  // namespace filegate::net
