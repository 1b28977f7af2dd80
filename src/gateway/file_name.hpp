#pragma once
// What a file is called, made of what the client sent. Pure.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace filegate::gateway {

inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t sent_name_bytes_max = 4096;

// The name as it is recorded. Refused with validation_failed (param "filename") is what shows an
// intention or cannot be understood: `..` as a folder, an empty name, invalid UTF-8, U+0000, more
// than sent_name_bytes_max bytes. Everything else is cleaned, and cleaning a cleaned name changes
// nothing: a leading folder is dropped (with / or \), Unicode's form NFC taken; control, bidi and
// other characters that show nothing are dropped, odd blanks become blanks; so are blanks at both
// ends and dots at the end; a name that Windows keeps for devices gets a "_" in front; more than
// name_bytes_max bytes are cut before the extension. What nothing is left of is called "file".
Result<std::string> accept_file_name(std::string_view sent);

}  // namespace filegate::gateway
