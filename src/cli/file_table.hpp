#pragma once
// Files as a table for people.

#include <span>

#include "cli/file_object.hpp"

namespace filegate::cli {

// A heading and one line per file; empty for none. Names come last, because they may be long.
std::string file_table(std::span<FileObject const> files);

}  // namespace filegate::cli
