#pragma once
// Text: whether content is, and what kind its file's extension says it is.

#include <cstddef>
#include <span>
#include <string_view>

namespace filegate::ingest {

enum class Cut : bool { no, yes };  // does the content go on after these bytes?

// UTF-8 without control characters other than the usual ones, or UTF-16 with its mark.
bool is_unicode_text(std::span<std::byte const> head, Cut cut);

// No control characters, other than the usual ones: text in one of the encodings of a byte a
// character.
bool is_older_text(std::span<std::byte const> head);

// The type that an extension means for content that is text; empty when it means none.
std::string_view text_type_of_name(std::string_view filename);

}  // namespace filegate::ingest
