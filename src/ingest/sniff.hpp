#pragma once
// What kind of file this is, by its content.

#include <string>
#include <string_view>
#include <vector>

#include "ingest/content.hpp"

namespace filegate::ingest {

struct SniffHints {
    std::string_view filename;  // tells text formats apart, nothing else
    std::string magic_file;     // empty: libmagic's own database
};

// The first bytes of content, as many as telling its type takes.
Result<std::vector<std::byte>> read_head(Content const& content);

// The media type of content that is not empty; `head` is its read_head(). Blocking: for worker
// threads.
Result<std::string> sniff(Content const& content, std::span<std::byte const> head,
                          SniffHints const& hints);
Result<std::string> sniff(Content const& content, SniffHints const& hints);

}  // namespace filegate::ingest
