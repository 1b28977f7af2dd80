#pragma once
// Formats are made of bytes at places: how the readers of this folder look at them.

#include <string>
#include <string_view>

#include "ingest/content.hpp"

namespace filegate::ingest {

// Bytes of the content that begin at `offset`, fewer where it ends.
Result<std::string> bytes_at(Content const& content, std::uint64_t offset, std::size_t count);

// Little-endian, of at most four bytes; those beyond the end count as zero.
std::uint32_t number_at(std::string_view bytes, std::size_t offset, std::size_t width);

}  // namespace filegate::ingest
