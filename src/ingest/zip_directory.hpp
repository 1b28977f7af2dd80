#pragma once
// Whether a zip archive is one thing to all its readers.

#include <string_view>

#include "ingest/content.hpp"
#include "ingest/zip_end.hpp"

namespace filegate::ingest {

// What the central directory that ends at `end` says otherwise than the headers before the
// members do; empty: nothing. Some readers go by the one, some by the other, so a member could be
// harmless to this program only. Reads some bytes for each of at most `members_max` members.
Result<std::string_view> contradiction_in_zip(Content const& content, ZipEnd const& end,
                                              std::uint64_t members_max);

}  // namespace filegate::ingest
