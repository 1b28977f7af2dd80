#pragma once
// Undoes the chunked transfer coding (RFC 9112 section 7.1), in place and incrementally: any
// splitting of the same bytes gives the same body. Pure: no socket.

#include <span>

#include "base/result.hpp"

namespace filegate::net {

class ChunkedDecoder {
public:
    struct Step {
        std::size_t consumed = 0;  // of the raw bytes; fewer than given only at the body's end
        std::size_t produced = 0;  // body bytes, now at the front of the span
    };

    // Fails with validation_failed on anything but the strict grammar; the decoder is then spent.
    Result<Step> decode(std::span<std::byte> bytes);

    bool is_done() const { return state_ == State::done; }
    // How many of the coming raw bytes are body for certain.
    std::uint64_t data_bytes_ahead() const { return state_ == State::data ? remaining_ : 0; }

private:
    enum class State : std::uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_begin,
        trailer,
        trailer_lf,
        end_lf,
        done,
    };

    char const* take_framing(char c);
    char const* take_size(char c);

    State state_ = State::size;
    std::uint64_t remaining_ = 0;  // of the current chunk
    unsigned size_digits_ = 0;
    std::size_t skipped_bytes_ = 0;  // of the current extension, or of all trailers
};

}  // namespace filegate::net
