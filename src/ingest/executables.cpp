#include "ingest/executables.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "ingest/text_types.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view front;
    std::string_view name;
};

constexpr std::array programs{
    Kind{"\x7F"
         "ELF"sv,
         "an ELF program"sv},
    Kind{"\xFE\xED\xFA\xCE"sv, "a Mach-O program"sv},
    Kind{"\xFE\xED\xFA\xCF"sv, "a Mach-O program"sv},
    Kind{"\xCE\xFA\xED\xFE"sv, "a Mach-O program"sv},
    Kind{"\xCF\xFA\xED\xFE"sv, "a Mach-O program"sv},
    // A Java class, or a Mach-O program for several processors.
    Kind{"\xCA\xFE\xBA\xBE"sv, "a Java class or a Mach-O program"sv},
    Kind{"\xCA\xFE\xBA\xBF"sv, "a Mach-O program"sv},
    Kind{"\xBE\xBA\xFE\xCA"sv, "a Mach-O program"sv},
    Kind{"\0asm"sv, "a WebAssembly module"sv},
    Kind{"dex\n0"sv, "an Android program"sv},
    Kind{"BC\xC0\xDE"sv, "LLVM byte code"sv},
    Kind{"\xDE\xC0\x17\x0B"sv, "LLVM byte code"sv},  // in its wrapper
    Kind{"\x4C\0\0\0\x01\x14\x02\0"sv, "a Windows shortcut"sv},
    Kind{"FasdUAS "sv, "a compiled AppleScript"sv},
    Kind{"#@~^"sv, "an encoded Windows script"sv},
    Kind{"!<arch>\ndebian"sv, "a Debian package"sv},
    Kind{"\xED\xAB\xEE\xDB"sv, "an RPM package"sv},
};

// In lower case; their interpreters ignore it.
constexpr std::array first_lines{
    Kind{"@echo off"sv, "a Windows batch script"sv},
    Kind{"regedit4"sv, "a Windows registry file"sv},
    Kind{"windows registry editor version"sv, "a Windows registry file"sv},
};

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

std::string_view text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_any_case(std::string_view text, std::string_view lower_case) {
    if (text.size() < lower_case.size()) return false;
    for (std::size_t i = 0; i < lower_case.size(); ++i) {
        if (lower(text[i]) != lower_case[i]) return false;
    }
    return true;
}

// The front of a text, of UTF-16 the letters below U+0100: registry files are written so.
std::string first_letters(std::span<std::byte const> head) {
    auto const text = text_of(head.first(std::min<std::size_t>(head.size(), 512)));
    auto const is_little = text.starts_with("\xFF\xFE");
    if (!is_little && !text.starts_with("\xFE\xFF")) return std::string(text);
    std::string letters;
    for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
        auto const high = text[is_little ? i + 1 : i];
        letters += high == '\0' ? text[is_little ? i : i + 1] : '?';
    }
    return letters;
}

std::string_view without_mark(std::string_view text) {
    return text.starts_with(utf8_mark) ? text.substr(utf8_mark.size()) : text;
}

// "MZ" may begin a text. A program has zero bytes in its header.
bool is_windows_program(std::span<std::byte const> head) {
    return text_of(head).starts_with("MZ") &&
           !is_unicode_text(head.first(std::min<std::size_t>(head.size(), 4096)), Cut::yes);
}

}  // namespace

bool is_script(std::span<std::byte const> head) {
    auto const text = without_mark(text_of(head));
    if (!text.starts_with("#!")) return false;
    auto const next = text.find_first_not_of(" \t", 2);
    return next == text.npos || text[next] != '[';
}

std::string_view program_kind(std::span<std::byte const> head) {
    auto const text = text_of(head);
    for (auto const& kind : programs) {
        if (text.starts_with(kind.front)) return kind.name;
    }
    return is_windows_program(head) ? "a Windows or DOS program"sv : std::string_view();
}

std::string_view executable_kind(std::span<std::byte const> head) {
    if (auto const program = program_kind(head); !program.empty()) return program;
    if (is_script(head)) return "a script (it begins with #!)";
    auto const letters = first_letters(head);
    auto text = without_mark(letters);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    for (auto const& kind : first_lines) {
        if (starts_with_any_case(text, kind.front)) return kind.name;
    }
    return {};
}

}  // namespace filegate::ingest
