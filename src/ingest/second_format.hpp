#pragma once
// Files that are two things at once: an image to one program, an archive or a PDF to another.

#include <string_view>

#include "ingest/content.hpp"

namespace filegate::ingest {

// What content of `type`, told by its signature, is as well; empty: nothing else. Reads the first
// KiB and, of media and PDF, the last 65 KiB.
Result<std::string_view> second_format(Content const& content, std::string_view type);

}  // namespace filegate::ingest
