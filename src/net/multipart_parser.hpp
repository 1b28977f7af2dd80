#pragma once
// The grammar of multipart/form-data as a state machine without I/O: it is given bytes in pieces of
// any size and answers what they are. The same bytes in other pieces give the same parts.
//
//   while there is input:  step(input) -> how much of it was used, and what happened
//   at the body's end:     finish()

#include <span>

#include "net/multipart.hpp"

namespace filegate::net {

class MultipartParser {
public:
    enum class Event : std::uint8_t {
        need_more,   // all input was used
        part_begin,  // `head` describes it
        bytes,       // `bytes` belong to the current part
        part_end,
        end,  // the closing boundary; what follows it is of no concern
    };
    struct Step {
        Event event = Event::need_more;
        std::size_t consumed = 0;
        // Lies in the input, or, when it was held back earlier, in the parser.
        std::span<std::byte const> bytes;
        PartHead head;
    };

    // `boundary` as multipart_boundary() gives it.
    explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

    // After a failure or Event::end the parser is spent.
    Result<Step> step(std::span<std::byte const> input);

    // The body has ended: body_truncated (or validation_failed when the boundary never came)
    // unless the closing boundary was seen.
    Result<void> finish() const;

    // How many bytes of the current part are held back because they may begin a delimiter: they
    // come out of step() before any later byte does, or never.
    std::size_t held_bytes() const { return matched_ - imagined_; }
    std::size_t delimiter_bytes() const { return delimiter_.size(); }

private:
    enum class State : std::uint8_t { preamble, delimiter_line, head, body, end };

    Result<Step> scan_preamble(std::string_view input);
    Result<Step> read_delimiter_line(std::string_view input);
    Result<Step> read_head(std::string_view input);
    Step scan_body(std::string_view input);
    Step enter_delimiter_line(std::size_t consumed);
    std::size_t fitting_tail(std::string_view input) const;

    std::string const delimiter_;  // CRLF "--" boundary
    MultipartLimits const limits_;
    State state_ = State::preamble;
    // How much of the delimiter the last bytes match, and how many of those bytes are not the
    // part's: a CRLF that the body's beginning is imagined to have before it.
    std::size_t matched_ = 2;
    std::size_t imagined_ = 2;
    std::size_t preamble_bytes_ = 0;
    std::size_t parts_ = 0;
    std::string line_;  // the delimiter line's rest, then the head; at most part_header_bytes_max
};

}  // namespace filegate::net
