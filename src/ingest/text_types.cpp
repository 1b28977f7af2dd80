#include "ingest/text_types.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace filegate::ingest {
namespace {

struct TextType {
    std::string_view extension;
    std::string_view type;
};

// Nothing that a browser would run: HTML and SVG are what their content says.
constexpr std::array text_types{
    TextType{"asc", "text/plain"},
    TextType{"bib", "text/x-bibtex"},
    TextType{"c", "text/x-c"},
    TextType{"cc", "text/x-c++"},
    TextType{"cfg", "text/plain"},
    TextType{"conf", "text/plain"},
    TextType{"cpp", "text/x-c++"},
    TextType{"cs", "text/x-csharp"},
    TextType{"css", "text/css"},
    TextType{"csv", "text/csv"},
    TextType{"cxx", "text/x-c++"},
    TextType{"eml", "message/rfc822"},
    TextType{"go", "text/x-go"},
    TextType{"h", "text/x-c"},
    TextType{"hpp", "text/x-c++"},
    TextType{"ics", "text/calendar"},
    TextType{"ini", "text/plain"},
    TextType{"ipynb", "application/x-ipynb+json"},
    TextType{"java", "text/x-java"},
    TextType{"js", "text/javascript"},
    TextType{"json", "application/json"},
    TextType{"jsonl", "application/jsonl"},
    TextType{"kt", "text/x-kotlin"},
    TextType{"log", "text/plain"},
    TextType{"lua", "text/x-lua"},
    TextType{"markdown", "text/markdown"},
    TextType{"md", "text/markdown"},
    TextType{"mjs", "text/javascript"},
    TextType{"ndjson", "application/jsonl"},
    TextType{"php", "text/x-php"},
    TextType{"py", "text/x-python"},
    TextType{"r", "text/x-r"},
    TextType{"rb", "text/x-ruby"},
    TextType{"rs", "text/x-rust"},
    TextType{"rst", "text/x-rst"},
    TextType{"scala", "text/x-scala"},
    TextType{"sh", "text/x-shellscript"},
    TextType{"sql", "application/sql"},
    TextType{"srt", "application/x-subrip"},
    TextType{"swift", "text/x-swift"},
    TextType{"tex", "text/x-tex"},
    TextType{"text", "text/plain"},
    TextType{"toml", "application/toml"},
    TextType{"ts", "text/x-typescript"},
    TextType{"tsv", "text/tab-separated-values"},
    TextType{"tsx", "text/x-typescript"},
    TextType{"txt", "text/plain"},
    TextType{"vcf", "text/vcard"},
    TextType{"vtt", "text/vtt"},
    TextType{"xml", "application/xml"},
    TextType{"yaml", "application/yaml"},
    TextType{"yml", "application/yaml"},
};
static_assert(std::ranges::is_sorted(text_types, {}, &TextType::extension));

bool is_text_byte(std::uint8_t byte) {
    // Backspace, tab, line feed, vertical tab, form feed, carriage return and escape are in texts.
    return byte >= 0x20 ? byte != 0x7F : (byte >= 0x08 && byte <= 0x0D) || byte == 0x1B;
}

// How many bytes a UTF-8 sequence has that begins with `lead`; 0 when none does.
std::size_t sequence_bytes(std::uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

// Shorter forms, surrogates and what lies above U+10FFFF show in the second byte (RFC 3629).
bool may_follow(std::uint8_t lead, std::uint8_t second) {
    if (lead == 0xE0) return second >= 0xA0;
    if (lead == 0xED) return second <= 0x9F;
    if (lead == 0xF0) return second >= 0x90;
    if (lead == 0xF4) return second <= 0x8F;
    return true;
}

bool is_utf8_text(std::span<std::byte const> head, Cut cut) {
    while (!head.empty()) {
        auto const lead = static_cast<std::uint8_t>(head[0]);
        auto const length = sequence_bytes(lead);
        if (length == 0 || (length == 1 && !is_text_byte(lead))) return false;
        auto const present = std::min(length, head.size());
        for (auto const byte : head.subspan(1, present - 1)) {
            if ((static_cast<std::uint8_t>(byte) & 0xC0) != 0x80) return false;
        }
        if (present > 1 && !may_follow(lead, static_cast<std::uint8_t>(head[1]))) return false;
        if (present < length) return cut == Cut::yes;
        head = head.subspan(length);
    }
    return true;
}

bool has_utf16_mark(std::span<std::byte const> head) {
    if (head.size() < 2) return false;
    auto const mark = static_cast<unsigned>(head[0]) << 8 | static_cast<unsigned>(head[1]);
    return mark == 0xFEFF || mark == 0xFFFE;
}

// Every unit is one of a text: none is NUL or a control character, in either byte order.
bool is_utf16_text(std::span<std::byte const> head, Cut cut) {
    if (!has_utf16_mark(head)) return false;
    if (head.size() % 2 != 0 && cut == Cut::no) return false;
    std::size_t const high = head[0] == std::byte{0xFE} ? 0 : 1;
    for (head = head.subspan(2); head.size() >= 2; head = head.subspan(2)) {
        auto const low_byte = static_cast<std::uint8_t>(head[1 - high]);
        if (head[high] == std::byte{0} && !is_text_byte(low_byte)) return false;
    }
    return true;
}

}  // namespace

bool is_unicode_text(std::span<std::byte const> head, Cut cut) {
    return is_utf8_text(head, cut) || is_utf16_text(head, cut);
}

bool is_older_text(std::span<std::byte const> head) {
    return std::ranges::all_of(
        head, [](std::byte byte) { return is_text_byte(static_cast<std::uint8_t>(byte)); });
}

std::string_view text_type_of_name(std::string_view filename) {
    auto const dot = filename.rfind('.');
    if (dot == filename.npos) return {};
    std::string extension(filename.substr(dot + 1));
    for (auto& c : extension) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    auto const found =
        std::ranges::lower_bound(text_types, std::string_view(extension), {}, &TextType::extension);
    return found != text_types.end() && found->extension == extension ? found->type
                                                                      : std::string_view();
}

}  // namespace filegate::ingest
