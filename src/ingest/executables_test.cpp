#include "ingest/executables.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// The letters of ASCII as UTF-16 writes them.
std::string utf16(std::string_view text, bool is_little) {
    std::string units = is_little ? "\xFF\xFE" : "\xFE\xFF";
    for (char const letter : text)
        units += is_little ? std::string{letter, '\0'} : std::string{'\0', letter};
    return units;
}

TEST(executables, are_told_by_their_first_bytes) {
    auto const windows = "MZ"s + std::string(0x3A, '\0') + "\x40\0\0\0PE\0\0"s;
    for (auto const& head : {"\x7F"
                             "ELF\2"s,
                             windows,
                             "MZ\0"s,
                             "\xCF\xFA\xED\xFE\7"s,
                             "\xCA\xFE\xBA\xBE\0\0\0\2"s,
                             "\0asm\1"s,
                             "dex\n035"s,
                             "dex\n041"s,
                             "\xDE\xC0\x17\x0B\0"s,
                             "#!/bin/sh\n"s,
                             "#!"s,
                             "#! /x"s,
                             "#!\n["s,
                             "#!\0["s,
                             "\xEF\xBB\xBF#!/x"s,
                             "@Echo Off\r\n"s,
                             "\xEF\xBB\xBF\r\n@echo off"s,
                             "REGEDIT4\r\n"s,
                             "#@~^AAAA"s,
                             "!<arch>\ndebian-binary"s}) {
        EXPECT_FALSE(executable_kind(bytes_of(head)).empty()) << head;
    }
    for (auto const& head :
         {""s, "MZ"s, "MZ is two letters"s, "ELF"s, "#"s, " #!/bin/sh"s, "#![no_std]"s, "#! [x]"s,
          "#!\t[x]"s, "# !/bin/sh"s, "echo off"s, "@echo"s, "dex"s, "dex\n"s, "\xEF\xBB\xBF"s,
          "\xEF\xBB"s, "  \r\n"s, "!<arch>\nlibrary.o/"s, "a @echo off"s}) {
        EXPECT_TRUE(executable_kind(bytes_of(head)).empty()) << head;
    }
}

TEST(executables, a_front_that_lacks_its_last_byte_is_none) {
    for (auto const& front :
         {"\x7F"
          "ELF"s,
          "\xFE\xED\xFA\xCE"s, "\xCE\xFA\xED\xFE"s, "\xCA\xFE\xBA\xBE"s, "\xCA\xFE\xBA\xBF"s,
          "\0asm"s, "BC\xC0\xDE"s, "\x4C\0\0\0\x01\x14\x02\0"s, "FasdUAS "s, "#@~^"s,
          "!<arch>\ndebian"s, "\xED\xAB\xEE\xDB"s, "@echo off"s, "regedit4"s}) {
        EXPECT_FALSE(executable_kind(bytes_of(front)).empty()) << front;
        auto const cut = std::string_view(front).substr(0, front.size() - 1);
        EXPECT_TRUE(executable_kind(bytes_of(cut)).empty()) << cut;
        EXPECT_TRUE(executable_kind(bytes_of(" \x01" + front)).empty()) << "not at the front";
    }
}

// The system's own editor of registry files writes them in UTF-16.
TEST(executables, first_lines_are_read_in_utf16_as_well) {
    std::string const line = "Windows Registry Editor Version 5.00";
    for (bool const is_little : {true, false}) {
        EXPECT_EQ(executable_kind(bytes_of(utf16(line + "\r\n", is_little))),
                  "a Windows registry file");
        EXPECT_EQ(executable_kind(bytes_of(utf16("\r\n @ECHO OFF", is_little))),
                  "a Windows batch script");
        EXPECT_EQ(executable_kind(bytes_of(utf16("Windows Registry Editor", is_little))), "");
        EXPECT_EQ(executable_kind(bytes_of(utf16("", is_little))), "");
        EXPECT_EQ(executable_kind(bytes_of(utf16("", is_little) + "@")), "");
    }
    EXPECT_EQ(executable_kind(bytes_of("\xFF\xFEr\1e\1g\1e\1d\1i\1t\1004\1")), "") << "no ASCII";
}

// Some zero byte, or any other that no text has, is in the header of every program.
TEST(executables, two_letters_make_a_windows_program_only_of_what_is_no_text) {
    auto const long_text = "MZ" + std::string(4094, 'x');
    EXPECT_EQ(program_kind(bytes_of(long_text + "\0"s)), "") << "beyond what a header takes";
    auto last = long_text;
    last.back() = '\0';
    EXPECT_NE(program_kind(bytes_of(last)), "");
    EXPECT_EQ(program_kind(bytes_of("MZ\xC3")), "") << "a letter that is cut";
    EXPECT_NE(program_kind(bytes_of("MZ\xC3(")), "");
    EXPECT_NE(program_kind(bytes_of("MZ\xFF")), "");
}

TEST(executables, scripts_are_no_programs) {
    EXPECT_TRUE(program_kind(bytes_of("#!/bin/sh\n")).empty());
    EXPECT_TRUE(program_kind(bytes_of("@echo off\r\n")).empty());
    EXPECT_FALSE(program_kind(bytes_of("\x7F"
                                       "ELF"))
                     .empty());
    EXPECT_FALSE(
        is_script(bytes_of("\x7F"
                           "ELF")));
}

}  // namespace
}  // namespace filegate::ingest
