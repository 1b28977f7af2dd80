#pragma once
// A file name's extension, as whoever opens the file will see it.

#include <span>
#include <string>
#include <string_view>

namespace filegate::ingest {

// In lower case, without the dot; empty when there is none. What Windows ignores at the end is
// ignored (dots, spaces), and so is an NTFS stream's name ("x.exe:y" is x.exe).
std::string extension_of(std::string_view filename);

// The blocked extension under which the file would be opened; empty: none. `blocked` in any case,
// with or without dot.
std::string blocked_extension_of(std::string_view filename, std::span<std::string const> blocked);

}  // namespace filegate::ingest
