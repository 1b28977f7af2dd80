#pragma once
// What kind of file this is, by its content.

#include <string>
#include <string_view>

#include "ingest/content.hpp"

namespace filegate::ingest {

struct SniffHints {
    std::string_view filename;  // tells text formats apart, nothing else
    std::string magic_file;     // empty: libmagic's own database
};

// The media type. Blocking: for worker threads. `content` is not empty.
Result<std::string> sniff(Content const& content, SniffHints const& hints);

}  // namespace filegate::ingest
