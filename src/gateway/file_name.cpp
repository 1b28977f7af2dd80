#include "gateway/file_name.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utf8proc.h>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace filegate::gateway {
namespace {

constexpr std::string_view name_of_nothing = "file";
constexpr std::size_t extension_bytes_max = 32;  // more is no extension, but part of the name
constexpr char32_t zero_width_joiner = 0x200d;
constexpr char32_t zero_width_non_joiner = 0x200c;

std::unexpected<Error> refuse(std::string message) {
    return fail(Error{
        .code = ErrorCode::validation_failed, .message = std::move(message), .param = "filename"});
}

bool has_parent_folder(std::string_view path) {
    while (!path.empty()) {
        auto const end = std::min(path.find_first_of("/\\"), path.size());
        if (path.substr(0, end) == "..") return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

std::string encode_utf8(std::u32string_view characters) {
    std::string text;
    for (auto const c : characters) {
        std::array<utf8proc_uint8_t, 4> bytes;
        auto const count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
        text.append(reinterpret_cast<char const*>(bytes.data()), static_cast<std::size_t>(count));
    }
    return text;
}

// Valid UTF-8 in, so that it cannot fail but for memory.
std::string normalized(std::string_view text) {
    utf8proc_uint8_t* composed = nullptr;
    auto const size =
        utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &composed,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> const owned(composed, &std::free);
    if (size < 0) throw std::bad_alloc();
    return {reinterpret_cast<char const*>(composed), static_cast<std::size_t>(size)};
}

// Signs of Arabic, Syriac and Kaithi numbers are format characters that one sees.
bool is_visible_format(char32_t c) {
    return (c >= 0x600 && c <= 0x605) || c == 0x6dd || c == 0x70f || c == 0x890 || c == 0x891 ||
           c == 0x8e2 || c == 0x110bd || c == 0x110cd;
}

// Letters that show nothing.
bool is_filler(char32_t c) {
    return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x034f;
}

enum class Role : std::uint8_t { shown, blank, joiner, dropped };

// Bidirectional formatting (UAX #9) is of the category Cf, as are most zero-width characters: they
// make "invoice\u202Efdp.exe" show as "invoiceexe.pdf".
Role role_of(char32_t c) {
    if (c == zero_width_joiner || c == zero_width_non_joiner) return Role::joiner;
    if (is_filler(c)) return Role::dropped;
    auto const category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    if (category == UTF8PROC_CATEGORY_ZS) return Role::blank;
    if (category == UTF8PROC_CATEGORY_CF) return is_visible_format(c) ? Role::shown : Role::dropped;
    auto const is_control = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
                            category == UTF8PROC_CATEGORY_ZP;
    return is_control ? Role::dropped : Role::shown;
}

bool is_joined(char32_t c) {
    return c >= 0x80 && role_of(c) == Role::shown;
}

// Joiners stay where scripts and emoji need them: between two characters beyond ASCII.
std::u32string shown_characters(std::u32string_view characters) {
    std::u32string shown;
    for (std::size_t i = 0; i < characters.size(); ++i) {
        auto const c = characters[i];
        auto const role = role_of(c);
        if (role == Role::shown) shown += c;
        if (role == Role::blank) shown += U' ';
        if (role != Role::joiner || shown.empty() || !is_joined(shown.back())) continue;
        if (i + 1 < characters.size() && is_joined(characters[i + 1])) shown += c;
    }
    return shown;
}

std::string_view trimmed(std::string_view name) {
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    auto const last = name.find_last_not_of(" .");
    return last == name.npos ? std::string_view() : name.substr(0, last + 1);
}

// CON, COM1 and so on, with any extension; also with the superscript digits that Windows takes.
bool is_windows_device(std::string_view name) {
    auto stem = std::string(trimmed(name.substr(0, name.find_first_of(".:"))));
    std::ranges::transform(stem, stem.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    constexpr std::array<std::string_view, 6> words{"CON", "PRN",    "AUX",
                                                    "NUL", "CONIN$", "CONOUT$"};
    if (std::ranges::find(words, stem) != words.end()) return true;
    if (!stem.starts_with("COM") && !stem.starts_with("LPT")) return false;
    auto const number = std::string_view(stem).substr(3);
    constexpr std::array<std::string_view, 3> superscripts{"¹", "²", "³"};
    return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') ||
           std::ranges::find(superscripts, number) != superscripts.end();
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::string shortened(std::string name) {
    if (name.size() <= name_bytes_max) return name;
    auto const dot = name.rfind('.');
    auto const extension = dot != name.npos && name.size() - dot <= extension_bytes_max
                               ? name.substr(dot)
                               : std::string();
    auto end = name_bytes_max - extension.size();
    while (is_continuation(name[end]))
        --end;
    return name.substr(0, end) + extension;
}

std::string cleaned_once(std::string const& name) {
    auto const characters = decode_utf8(normalized(name));
    if (!characters) return std::string(name_of_nothing);
    auto const shown = normalized(encode_utf8(shown_characters(*characters)));
    std::string clean(trimmed(shown));
    if (is_windows_device(clean)) clean.insert(0, "_");
    clean = shortened(std::move(clean));
    return clean.empty() ? std::string(name_of_nothing) : clean;
}

// One step may leave work for another: a cut may end in a blank, a dropped character may bring two
// together that compose.
std::string cleaned(std::string name) {
    constexpr int rounds_max = 8;
    for (int round = 0; round < rounds_max; ++round) {
        auto next = cleaned_once(name);
        if (next == name) break;
        name = std::move(next);
    }
    return name;
}

}  // namespace

Result<std::string> accept_file_name(std::string_view sent) {
    if (sent.size() > sent_name_bytes_max) {
        return refuse(fmt::format("the file name has {} bytes; at most {} are taken", sent.size(),
                                  sent_name_bytes_max));
    }
    if (has_parent_folder(sent)) {
        return refuse("the file name contains '..' as a folder; send the base name only");
    }
    auto const slash = sent.find_last_of("/\\");
    auto const name = slash == std::string_view::npos ? sent : sent.substr(slash + 1);
    if (name.empty() || name == ".") return refuse("the file name is empty; send filename=NAME");
    if (!decode_utf8(name)) return refuse("the file name is not valid UTF-8");
    if (name.contains('\0'))
        return refuse("the file name contains the character U+0000; remove it");
    return cleaned(std::string(name));
}

}  // namespace filegate::gateway
