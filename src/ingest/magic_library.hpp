#pragma once
// libmagic, for what no signature decides. One handle per thread, because libmagic is not
// thread-safe: opened at its first use, and each with its own mapping of the database (8 MiB of
// page cache, which counts as resident once per thread).

#include <cstddef>
#include <span>
#include <string>

#include "base/result.hpp"

namespace filegate::ingest {

// The type of content that begins with `head`, by the database `magic_file` (libmagic's own when
// empty). Up to some milliseconds on text. configuration_error when the database cannot be loaded.
Result<std::string> type_by_magic(std::span<std::byte const> head, std::string const& magic_file);

}  // namespace filegate::ingest
