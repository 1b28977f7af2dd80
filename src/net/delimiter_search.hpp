#pragma once
// Finds a multipart delimiter in a buffer, at memory speed whatever the buffer holds: strangers
// choose both the bytes and the delimiter.

#include <cstddef>
#include <string_view>

namespace filegate::net {

// The offset of the first `delimiter` in `bytes`, or npos. `delimiter` has at least 4 bytes, and
// its first byte does not occur in it again ("\r\n--boundary" is so).
std::size_t find_delimiter(std::string_view bytes, std::string_view delimiter);

// The same without vector instructions: what find_delimiter uses on a machine that lacks AVX2.
std::size_t find_delimiter_portable(std::string_view bytes, std::string_view delimiter);

}  // namespace filegate::net
