// Open XML ([ECMA-376] part 2): names of parts ignore case; what a part is, is said by its content
// type alone, whatever its name:
//
//   [Content_Types].xml   ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"
//                         ContentType="application/vnd.ms-office.vbaProject"
//
// OLE ([MS-CFB] 2.6.1): entries of a directory have 128 bytes and stand at multiples of 128; their
// names ignore case:
//
//   @0 name: UTF-16, padded with zeros   @64 bytes of the name, with its closing zero: u16
//   @66 1: storage, 2: stream
//
// A document's VBA project is the storage "Macros" of Word or "_VBA_PROJECT_CUR" of Excel; every
// one holds a stream "_VBA_PROJECT". All bytes are searched for such entries, so no chain of
// sectors can lead past one. PowerPoint packs its project into a stream, and names it in a record
// ([MS-PPT] 2.4.10): that is found where no sector's end divides it. Formulas of Excel 4.0 in an
// .xls are no VBA and are not looked for.

#include "ingest/macros.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ingest/signatures.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t content_types_bytes_max = 1 << 20;
constexpr std::size_t ole_entry_bytes = 128;
constexpr std::size_t block_bytes = 64 * 1024;

std::string_view text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// ASCII in lower case. Without zeros, so that UTF-16 reads like UTF-8.
std::string folded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (auto const c : text) {
        if (c != '\0') result += lower(c);
    }
    return result;
}

bool has_any(std::string_view text, std::span<std::string_view const> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

// What an XML declaration says, if there is one.
bool is_read_encoding(std::string_view folded_list) {
    auto const declaration = folded_list.substr(0, folded_list.find("?>"));
    constexpr auto attribute = "encoding"sv;
    auto const at = declaration.find(attribute);
    if (at == declaration.npos) return true;
    auto const name = declaration.find_first_not_of(" \t\r\n=\"'", at + attribute.size());
    if (name == declaration.npos) return false;
    auto const value = declaration.substr(name, declaration.find_first_of("\"'", name) - name);
    constexpr std::array known{"utf-8"sv, "utf-16"sv, "us-ascii"sv, "iso-8859-1"sv};
    return std::ranges::find(known, value) != known.end();
}

struct OleName {
    std::string_view name;  // in lower case
    char kind;
};
constexpr std::array ole_names{OleName{"macros"sv, 1}, OleName{"_vba_project_cur"sv, 1},
                               OleName{"_vba_project"sv, 2}};

bool is_macro_entry(std::string_view entry) {
    return std::ranges::any_of(ole_names, [&](OleName const& known) {
        auto const name_bytes = 2 * known.name.size() + 2;
        if (static_cast<std::uint8_t>(entry[64]) != name_bytes || entry[65] != '\0') return false;
        if (entry[66] != known.kind) return false;
        for (std::size_t i = 0; i < known.name.size(); ++i) {
            if (lower(entry[2 * i]) != known.name[i] || entry[2 * i + 1] != '\0') return false;
        }
        return true;
    });
}

// VBAInfoContainer and the header of the VBAInfoAtom in it; then where the project is: u32.
constexpr auto powerpoint_macros = "\x1F\0\xFF\x03\x14\0\0\0\x02\0\0\x04\x0C\0\0\0"sv;

bool names_powerpoint_macros(std::string_view bytes) {
    for (auto at = bytes.find(powerpoint_macros); at != bytes.npos;
         at = bytes.find(powerpoint_macros, at + 1)) {
        auto const project = bytes.substr(at + powerpoint_macros.size(), 4);
        if (project.size() == 4 && project != "\0\0\0\0"sv) return true;
    }
    return false;
}

}  // namespace

std::string_view type_with_macros(std::string_view type) {
    constexpr auto word = "application/vnd.ms-word.document.macroenabled.12"sv;
    constexpr auto open_xml = "application/vnd.openxmlformats-officedocument."sv;
    if (type == "application/vnd.ms-excel" || type ==
                                                  "application/vnd.openxmlformats-"
                                                  "officedocument.spreadsheetml.sheet") {
        return "application/vnd.ms-excel.sheet.macroenabled.12";
    }
    if (type == "application/vnd.ms-powerpoint" ||
        type == "application/vnd.openxmlformats-officedocument.presentationml.presentation") {
        return "application/vnd.ms-powerpoint.presentation.macroenabled.12";
    }
    // OpenDocument and EPUB have no such parts: to Word it would be a document all the same.
    auto const is_declared =
        type == "application/epub+zip" || type.starts_with("application/vnd.oasis.opendocument.");
    auto const is_word = type == "application/msword" || type.starts_with(open_xml);
    return is_word || is_declared ? word : type;
}

Macros macros_in_content_types(std::string_view list) {
    constexpr std::array macros{"macroenabled"sv, "vnd.ms-office.vbaproject"sv, "macrosheet"sv};
    // References to characters and to entities, which a document type defines, hide words.
    constexpr std::array hiding{"&#"sv, "<!doctype"sv};
    auto const text = folded(list);
    if (has_any(text, macros)) return Macros::present;
    auto const is_told = list.size() <= content_types_bytes_max && text.contains("types") &&
                         !has_any(text, hiding) && is_read_encoding(text);
    return is_told ? Macros::none : Macros::not_told;
}

void OleMacroSearch::take(std::span<std::byte const> block) {
    if (has_found_) return;
    window_ += text_of(block);
    std::string_view const bytes(window_);
    auto const whole = bytes.size() / ole_entry_bytes * ole_entry_bytes;
    for (std::size_t at = 0; at < whole && !has_found_; at += ole_entry_bytes)
        has_found_ = is_macro_entry(bytes.substr(at, ole_entry_bytes));
    has_found_ = has_found_ || names_powerpoint_macros(bytes);
    // The last whole entry is kept: a record may begin in it.
    window_.erase(0, whole - std::min(whole, ole_entry_bytes));
}

Result<Macros> macros_in_ole(Content const& content, Clock const& clock, MonotonicTime deadline) {
    OleMacroSearch search;
    std::vector<std::byte> block(block_bytes);
    for (std::uint64_t at = 0; at < content.size_bytes(); at += block.size()) {
        if (clock.monotonic_now() > deadline) return Macros::not_told;
        TRY(auto const count, content.read_at(at, block));
        search.take(std::span(block).first(count));
        if (search.has_found()) return Macros::present;
    }
    return Macros::none;
}

PartSearch::PartSearch(std::string_view name, std::span<std::byte const> head) {
    auto const lower_name = folded(name);
    is_macro_part_ = lower_name.ends_with("vbaproject.bin");
    if (lower_name == "[content_types].xml") content_types_.emplace();
    if (type_by_signature(head) == ole_type) ole_.emplace();
    take(head);
}

void PartSearch::take(std::span<std::byte const> block) {
    if (ole_) ole_->take(block);
    // One byte more than is read tells that there is more.
    if (content_types_ && content_types_->size() <= content_types_bytes_max) {
        auto const room = content_types_bytes_max + 1 - content_types_->size();
        *content_types_ += text_of(block).substr(0, room);
    }
}

Macros PartSearch::finish() const {
    if (is_macro_part_ || (ole_ && ole_->has_found())) return Macros::present;
    return content_types_ ? macros_in_content_types(*content_types_) : Macros::none;
}

}  // namespace filegate::ingest
