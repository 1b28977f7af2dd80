#pragma once
// base64url without padding (RFC 4648 section 5).

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filegate {

std::string to_base64url(std::span<std::byte const> bytes);
// None: a character outside the alphabet, padding, or a length no encoding has.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace filegate
