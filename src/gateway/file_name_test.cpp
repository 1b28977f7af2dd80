#include "gateway/file_name.hpp"

#include <gtest/gtest.h>

namespace filegate::gateway {
namespace {

using namespace std::string_literals;

struct Case {
    std::string sent;
    std::string recorded;
};

void expect_names(std::vector<Case> const& cases) {
    for (auto const& [sent, recorded] : cases) {
        auto const name = accept_file_name(sent);
        ASSERT_TRUE(name) << sent << ": " << name.error().message;
        EXPECT_EQ(*name, recorded) << sent;
        EXPECT_EQ(accept_file_name(*name).value(), *name) << "cleaned again: " << sent;
    }
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(file_name, takes_what_people_call_their_files) {
    for (std::string const name : {"report.pdf", "a b.txt", "文件.txt", "🦀 final (1).md", ".env",
                                   "notes \"v1\".txt", "per%cent.txt", "a..b", "12:30.txt",
                                   "👨\u200d👩\u200d👧.png", "می\u200cخواهم.txt", "console.log"}) {
        expect_names({{name, name}});
    }
}

TEST(file_name, drops_a_leading_folder) {
    expect_names({{"docs/2026/report.pdf", "report.pdf"},
                  {"C:\\Users\\x\\report.pdf", "report.pdf"},
                  {"/etc/passwd", "passwd"}});
}

TEST(file_name, drops_what_shows_nothing_or_reorders_what_is_shown) {
    expect_names({{"a\nb\tc\x7f.txt", "abc.txt"},
                  {"a\u0085b", "ab"},
                  {"invoice\u202Efdp.txt", "invoicefdp.txt"},
                  {"a\u2066b\u200Fc", "abc"},
                  {"x.e\u200Bx\u00ADe\uFEFF", "x.exe"},
                  {"a\u200D\u200Cb", "ab"},
                  {"a\u2028b\u2029c", "abc"},
                  {"a\u3164b", "ab"},
                  {"tag\U000E0041\U000E0042", "tag"}});
}

TEST(file_name, takes_the_composed_form) {
    expect_names({{"re\u0301sume\u0301.txt", "r\u00e9sum\u00e9.txt"},
                  {"\u212B.txt", "\u00C5.txt"},
                  {"e\u200B\u0301.txt", "\u00e9.txt"}});
}

TEST(file_name, trims_what_windows_would_drop) {
    expect_names({{"  x.txt", "x.txt"},
                  {"x.exe. . ", "x.exe"},
                  {"x.exe\u00a0", "x.exe"},
                  {"a\u2003b.txt", "a b.txt"}});
}

TEST(file_name, keeps_off_the_names_of_windows_devices) {
    expect_names({{"CON", "_CON"},
                  {"nul.txt", "_nul.txt"},
                  {"Com1.tar.gz", "_Com1.tar.gz"},
                  {"LPT9 .txt", "_LPT9 .txt"},
                  {"com¹", "_com¹"},
                  {"COM", "COM"},
                  {"COM10", "COM10"},
                  {"CONFIG.txt", "CONFIG.txt"}});
}

TEST(file_name, cuts_long_names_before_their_extension) {
    expect_names({{std::string(300, 'x') + ".pdf", std::string(251, 'x') + ".pdf"},
                  {std::string(255, 'x'), std::string(255, 'x')},
                  {std::string(256, 'x'), std::string(255, 'x')},
                  {repeated("长", 200) + ".txt", repeated("长", 83) + ".txt"},
                  {"a." + std::string(300, 'x'), "a." + std::string(253, 'x')}});
}

TEST(file_name, never_leaves_nothing) {
    expect_names({{"...", "file"}, {" ", "file"}, {"\u202E\u200B", "file"}, {"\n", "file"}});
}

TEST(file_name, refuses_what_climbs_or_cannot_be_understood) {
    struct Refusal {
        std::string name;
        std::string_view reason;
    };
    std::vector<Refusal> const cases{
        {"../../etc/passwd", "'..' as a folder"},
        {"..\\x", "'..' as a folder"},
        {"a/../b", "'..' as a folder"},
        {"..", "'..' as a folder"},
        {"", "empty"},
        {"folder/", "empty"},
        {"a\0b"s, "U+0000"},
        {"\xff\xfe", "UTF-8"},
        {"\xc0\xaf", "UTF-8"},
        {"\xed\xa0\x80", "UTF-8"},
        {std::string(4097, 'x'), "4097 bytes"},
    };
    for (auto const& [name, reason] : cases) {
        auto const result = accept_file_name(name);
        ASSERT_FALSE(result) << name;
        EXPECT_NE(result.error().message.find(reason), std::string::npos) << result.error().message;
        EXPECT_EQ(result.error().param, "filename");
    }
}

}  // namespace
}  // namespace filegate::gateway
