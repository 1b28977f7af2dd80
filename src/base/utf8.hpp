#pragma once
// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#include <optional>
#include <string>
#include <string_view>

namespace filegate {

std::optional<std::u32string> decode_utf8(std::string_view text);  // none: not valid

}  // namespace filegate
