#pragma once
// The Range header (RFC 9110 section 14), one range only: what a file download needs.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace filegate::net {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t bytes = 0;
};

// None: the header is absent in spirit (another unit, several ranges, bad syntax) and the whole is
// to be sent, as the RFC asks. range_not_satisfiable: 416.
Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size_bytes);

}  // namespace filegate::net
