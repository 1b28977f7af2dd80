#pragma once
// multipart/form-data as RFC 7578 and the WHATWG forms rules have it, incrementally: any chunking
// of the same bytes gives the same parts. MultipartReader pulls parts out of a body.

#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.hpp"

namespace filegate::net {

struct MultipartLimits {
    std::size_t part_header_bytes_max = 8 * 1024;
    std::size_t parts_max = 64;
};

// The `boundary` parameter of a Content-Type; validation_failed when it is missing or breaks
// RFC 2046 (1 to 70 characters of its set), saying which.
Result<std::string> multipart_boundary(std::string_view content_type);

struct PartHead {
    std::string name;                     // Content-Disposition's name
    std::optional<std::string> filename;  // UTF-8, %22 %0D %0A undone; none: a text field
    std::string content_type;             // empty when the part does not say
};

// Pulls one part after another. A part's bytes are read into the caller's buffer straight from the
// body and scanned there: nothing is copied but a tail of at most one boundary, and what a read
// brought beyond the part's end, which is kept for the next. A failure is answered again by every
// later call. What follows the closing boundary is left in the body.
class MultipartReader {
public:
    MultipartReader(ByteSource& body, std::string boundary, MultipartLimits limits = {});
    ~MultipartReader();

    // Skips what is unread of the current part and moves to the next; none after the closing
    // boundary. Fails with validation_failed (syntax, limits) or body_truncated.
    Task<Result<std::optional<PartHead>>> next_part();

    // Bytes of the current part; 0 at its end.
    Task<Result<std::size_t>> read(std::span<std::byte> into);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::net
