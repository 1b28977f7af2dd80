#pragma once
// Strangers' text made safe to show: control characters, bytes that are not UTF-8 and the invisible
// characters that reorder or break a line are written as escapes.

#include <string>
#include <string_view>

namespace filegate::observe {

// For one line on a terminal or in a text log. Quotes and backslashes stay as they are.
std::string printable(std::string_view text);

// "..." as JSON wants it. A byte that is not UTF-8 becomes the four characters \xff.
std::string json_quoted(std::string_view text);

// The same escapes in double quotes, for `key="two words"`.
std::string text_quoted(std::string_view text);

}  // namespace filegate::observe
