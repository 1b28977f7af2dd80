#include "cli/text_width.hpp"

#include <array>

#include "base/utf8.hpp"

namespace filegate::cli {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// The blocks that matter for file names; Unicode's East Asian Width has the whole list.
constexpr std::array zero_width{
    Range{0x0300, 0x036f}, Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff}, Range{0x200b, 0x200d},
    Range{0x20d0, 0x20ff}, Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f},
};
constexpr std::array double_width{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd},
};

bool is_in(std::span<Range const> ranges, char32_t letter) {
    return std::ranges::any_of(
        ranges, [&](Range const& one) { return letter >= one.first && letter <= one.last; });
}

std::size_t width(char32_t letter) {
    if (is_in(zero_width, letter)) return 0;
    return is_in(double_width, letter) ? 2 : 1;
}

std::size_t character_bytes(char32_t letter) {
    if (letter < 0x80) return 1;
    if (letter < 0x800) return 2;
    return letter < 0x10000 ? 3 : 4;
}

std::u32string letters_of(std::string_view text) {
    if (auto letters = decode_utf8(text)) return *std::move(letters);
    return std::u32string(text.size(), U'?');
}

// The longest beginning that takes at most `columns`, in bytes.
std::size_t bytes_within(std::string_view text, std::size_t columns) {
    auto const letters = decode_utf8(text);
    if (!letters) return std::min(columns, text.size());
    std::size_t used = 0;
    std::size_t bytes = 0;
    for (auto const letter : *letters) {
        used += width(letter);
        if (used > columns) break;
        bytes += character_bytes(letter);
    }
    return bytes;
}

}  // namespace

std::size_t text_width(std::string_view text) {
    std::size_t columns = 0;
    for (auto const letter : letters_of(text))
        columns += width(letter);
    return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
    constexpr std::string_view dots = "...";
    std::string out(text);
    if (text_width(text) > columns) {
        auto const tail = dots.substr(0, std::min(dots.size(), columns));
        out = std::string(text.substr(0, bytes_within(text, columns - tail.size()))) +
              std::string(tail);
    }
    auto const used = text_width(out);
    return out + std::string(columns - std::min(columns, used), ' ');
}

}  // namespace filegate::cli
