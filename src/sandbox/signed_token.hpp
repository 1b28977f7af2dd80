#pragma once
// The signed token that GLM takes instead of a key (docs/providers.md 3.2). Pure.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filegate::sandbox {

struct SignedToken {
    std::string key_id;  // the part of the key before its dot
    WallTime issued_at;
    WallTime expires_at;
    std::string signed_text;  // header.payload, as they came
    std::array<unsigned char, 32> signature{};
};

// Three parts: a token, well-formed or not, and no key.
bool has_token_shape(std::string_view key);

// None when it is not exactly what the provider describes.
std::optional<SignedToken> read_signed_token(std::string_view key);

bool is_signed_with(SignedToken const& token, std::string_view secret);

}  // namespace filegate::sandbox
