#include "base/base64url.hpp"

#include <array>
#include <cstdint>

namespace filegate {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t not_in_alphabet = 64;

// Each character's value. Tokens are decoded with every request: no search.
constexpr auto values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(not_in_alphabet);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

}  // namespace

std::string to_base64url(std::span<std::byte const> bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (auto const byte : bytes) {
        bits = (bits << 8 | std::to_integer<std::uint32_t>(byte)) & 0xffff;
        for (count += 8; count >= 6; count -= 6)
            text += alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0) text += alphabet[bits << (6 - count) & 63];
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (char const c : text) {
        auto const value = values[static_cast<unsigned char>(c)];
        if (value == not_in_alphabet) return std::nullopt;
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xff);
    }
    return bytes;
}

}  // namespace filegate
