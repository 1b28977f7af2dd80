#pragma once
// How many columns of a terminal a text takes.

#include <string>
#include <string_view>

namespace filegate::cli {

// Counts combining marks as none and East Asian wide characters and emoji as two. `text` is
// printable; what is not UTF-8 counts byte by byte.
std::size_t text_width(std::string_view text);

// `text` in exactly `columns`: padded with spaces, or cut with "..." at its end.
std::string fit(std::string_view text, std::size_t columns);

}  // namespace filegate::cli
