#include "observe/escape.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace filegate::observe {
namespace {

enum class Style : std::uint8_t { bare, json, text };

// C0, DEL and C1; separators that end a line for some readers; marks that reorder what is shown.
bool is_hidden(char32_t letter) {
    return letter < 0x20 || (letter >= 0x7f && letter <= 0x9f) || letter == 0x61c ||
           letter == 0x200e || letter == 0x200f || (letter >= 0x2028 && letter <= 0x202e) ||
           (letter >= 0x2066 && letter <= 0x2069) || letter == 0xfeff;
}

std::size_t sequence_bytes(char lead) {
    auto const byte = static_cast<unsigned char>(lead);
    if (byte < 0xc0) return 1;
    if (byte < 0xe0) return 2;
    return byte < 0xf0 ? 3 : 4;
}

std::string escaped(char32_t letter) {
    if (letter == U'\n') return "\\n";
    if (letter == U'\r') return "\\r";
    if (letter == U'\t') return "\\t";
    return fmt::format("\\u{:04x}", static_cast<std::uint32_t>(letter));
}

std::string escape(std::string_view text, Style style) {
    std::string out;
    out.reserve(text.size() + 2);
    if (style != Style::bare) out += '"';
    while (!text.empty()) {
        auto const piece = text.substr(0, sequence_bytes(text.front()));
        auto const letter = decode_utf8(piece);
        if (!letter) {
            auto const byte = static_cast<unsigned char>(text.front());
            out += fmt::format("{}x{:02x}", style == Style::json ? "\\\\" : "\\", byte);
            text.remove_prefix(1);
            continue;
        }
        if (is_hidden(letter->front())) {
            out += escaped(letter->front());
        } else {
            if (style != Style::bare && (piece == "\"" || piece == "\\")) out += '\\';
            out += piece;
        }
        text.remove_prefix(piece.size());
    }
    if (style != Style::bare) out += '"';
    return out;
}

}  // namespace

std::string printable(std::string_view text) {
    return escape(text, Style::bare);
}

std::string json_quoted(std::string_view text) {
    return escape(text, Style::json);
}

std::string text_quoted(std::string_view text) {
    return escape(text, Style::text);
}

}  // namespace filegate::observe
