#include "net/chunked.hpp"

#include <cstring>

#include <fmt/format.h>

namespace filegate::net {
namespace {

// chunked-body = *chunk last-chunk trailers CRLF
// chunk        = size [extension] CRLF data CRLF        size = 1*16 hex digits, not zero
// last-chunk   = 1*16"0" [extension] CRLF
// extension    = ";" anything but control characters    ignored
// trailers     = *(line CRLF)                           ignored
//
// No bare CR or LF, no blank before or after a size: readers that disagree on those can be made to
// disagree on where the body ends.

constexpr unsigned size_digits_max = 16;
constexpr std::size_t extension_bytes_max = 1024;
constexpr std::size_t trailer_bytes_max = 8 * 1024;

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::decode(std::span<std::byte> bytes) {
    Step step;
    while (step.consumed < bytes.size() && state_ != State::done) {
        if (state_ == State::data) {
            auto const taken = static_cast<std::size_t>(
                std::min<std::uint64_t>(remaining_, bytes.size() - step.consumed));
            if (step.produced != step.consumed) {
                std::memmove(&bytes[step.produced], &bytes[step.consumed], taken);
            }
            step.consumed += taken;
            step.produced += taken;
            remaining_ -= taken;
            if (remaining_ == 0) state_ = State::data_cr;
            continue;
        }
        auto const* const wrong = take_framing(static_cast<char>(bytes[step.consumed++]));
        if (wrong != nullptr) {
            return fail(ErrorCode::validation_failed,
                        fmt::format("The chunked body is malformed: {}.", wrong));
        }
    }
    return step;
}

// One byte outside the data. Answers what is wrong with it, or null.
char const* ChunkedDecoder::take_framing(char c) {
    auto const expect = [&](char wanted, State next) -> char const* {
        state_ = next;
        return c == wanted ? nullptr : "CR LF is missing after a line or a chunk";
    };
    switch (state_) {
        case State::size:
            return take_size(c);
        case State::extension:
            if (c == '\r') return expect('\r', State::size_lf);
            if (++skipped_bytes_ > extension_bytes_max) return "a chunk extension is too long";
            return is_control(c) ? "a chunk extension has a control character" : nullptr;
        case State::size_lf:
            skipped_bytes_ = 0;
            size_digits_ = 0;
            return expect('\n', remaining_ > 0 ? State::data : State::trailer_begin);
        case State::data_cr:
            return expect('\r', State::data_lf);
        case State::data_lf:
            return expect('\n', State::size);
        case State::trailer_begin:
            if (c == '\r') return expect('\r', State::end_lf);
            state_ = State::trailer;
            [[fallthrough]];
        case State::trailer:
            if (c == '\r') return expect('\r', State::trailer_lf);
            if (++skipped_bytes_ > trailer_bytes_max) return "its trailers are too long";
            return is_control(c) ? "a trailer has a control character" : nullptr;
        case State::trailer_lf:
            return expect('\n', State::trailer_begin);
        case State::end_lf:
            return expect('\n', State::done);
        case State::data:
        case State::done:
            break;
    }
    return "a byte came where none is framing";
}

char const* ChunkedDecoder::take_size(char c) {
    auto const digit = hex_value(c);
    if (digit >= 0) {
        if (++size_digits_ > size_digits_max) return "a chunk size has more than 16 digits";
        remaining_ = remaining_ << 4 | static_cast<std::uint64_t>(digit);
        return nullptr;
    }
    if (size_digits_ == 0) return "a chunk size is missing";
    if (c == '\r') {
        state_ = State::size_lf;
        return nullptr;
    }
    if (c == ';') {
        state_ = State::extension;
        return nullptr;
    }
    return "a chunk size is not a hexadecimal number";
}

}  // namespace filegate::net
