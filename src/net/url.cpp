#include "net/url.hpp"

namespace filegate::net {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::optional<char> escaped_byte(std::string_view text, std::size_t at) {
    if (text.size() - at < 3) return std::nullopt;
    auto const high = hex_value(text[at + 1]);
    auto const low = hex_value(text[at + 2]);
    if (!high || !low) return std::nullopt;
    return static_cast<char>(*high << 4 | *low);
}

enum class Plus : std::uint8_t { itself, space };

// NUL is refused in both its forms: no name or identifier has one, and C interfaces behind us would
// see a shorter text than the one that was checked.
Result<std::string> decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = text[i];
        if (c == '%') {
            auto const byte = escaped_byte(text, i);
            if (!byte) {
                return fail(ErrorCode::validation_failed,
                            fmt::format("the '%' at position {} of the URL part is not followed by "
                                        "two hexadecimal digits; write a plain '%' as %25",
                                        i));
            }
            c = *byte;
            i += 2;
        } else if (c == '+' && plus == Plus::space) {
            c = ' ';
        }
        if (c == '\0') {
            return fail(ErrorCode::validation_failed,
                        "a URL part holds a NUL character; remove it and send the request again");
        }
        decoded.push_back(c);
    }
    return decoded;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
    return decode(text, Plus::itself);
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size());
    for (auto const c : text) {
        if (is_unreserved(c)) {
            encoded.push_back(c);
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        encoded.push_back('%');
        encoded.push_back(hex_digits[byte >> 4]);
        encoded.push_back(hex_digits[byte & 15]);
    }
    return encoded;
}

Result<Query> Query::parse(std::string_view query) {
    Query parsed;
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        auto const name = pair.substr(0, pair.find('='));
        auto const value = pair.substr(std::min(pair.size(), name.size() + 1));
        TRY(auto decoded_name, decode(name, Plus::space));
        TRY(auto decoded_value, decode(value, Plus::space));
        parsed.parameters_.emplace_back(std::move(decoded_name), std::move(decoded_value));
    }
    return parsed;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
    for (auto const& [key, value] : parameters_)
        if (key == name) return value;
    return std::nullopt;
}

}  // namespace filegate::net
