#pragma once
// Which file names are taken. Pure.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace filegate::gateway {

inline constexpr std::size_t name_bytes_max = 255;

// The base name of what the client sent: a leading folder (with / or \) is dropped. Refused with
// validation_failed (param "filename"): `..` as a folder, an empty name, more than name_bytes_max
// bytes, invalid UTF-8, and control or bidirectional characters, which make a name read as another.
Result<std::string> accept_file_name(std::string_view sent);

}  // namespace filegate::gateway
