#include "base/utf8.hpp"

namespace filegate {
namespace {

struct Lead {
    std::size_t length;
    char32_t bits;
    char32_t smallest;  // a smaller value in this length is overlong
};

std::optional<Lead> lead_of(unsigned char byte) {
    if (byte < 0x80) return Lead{1, byte, 0};
    if ((byte & 0xe0) == 0xc0) return Lead{2, char32_t(byte & 0x1f), 0x80};
    if ((byte & 0xf0) == 0xe0) return Lead{3, char32_t(byte & 0x0f), 0x800};
    if ((byte & 0xf8) == 0xf0) return Lead{4, char32_t(byte & 0x07), 0x10000};
    return std::nullopt;
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view text) {
    std::u32string characters;
    while (!text.empty()) {
        auto const lead = lead_of(static_cast<unsigned char>(text.front()));
        if (!lead || text.size() < lead->length) return std::nullopt;
        auto value = lead->bits;
        for (std::size_t i = 1; i < lead->length; ++i) {
            auto const byte = static_cast<unsigned char>(text[i]);
            if ((byte & 0xc0) != 0x80) return std::nullopt;
            value = value << 6 | (byte & 0x3f);
        }
        auto const is_surrogate = value >= 0xd800 && value <= 0xdfff;
        if (value < lead->smallest || value > 0x10ffff || is_surrogate) return std::nullopt;
        characters += value;
        text.remove_prefix(lead->length);
    }
    return characters;
}

}  // namespace filegate
