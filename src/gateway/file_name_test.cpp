#include "gateway/file_name.hpp"

#include <gtest/gtest.h>

namespace filegate::gateway {
namespace {

using namespace std::string_literals;

TEST(file_name, takes_what_people_call_their_files) {
    for (std::string const name : {"report.pdf", "a b.txt", "文件.txt", "🦀 final (1).md", ".env",
                                   "notes \"v1\".txt", "per%cent.txt", "...", "a..b"}) {
        EXPECT_EQ(accept_file_name(name).value(), name);
    }
}

TEST(file_name, drops_a_leading_folder) {
    EXPECT_EQ(accept_file_name("docs/2026/report.pdf").value(), "report.pdf");
    EXPECT_EQ(accept_file_name("C:\\Users\\x\\report.pdf").value(), "report.pdf");
    EXPECT_EQ(accept_file_name("/etc/passwd").value(), "passwd");
}

TEST(file_name, refuses_names_that_lie_or_climb) {
    struct Case {
        std::string name;
        std::string_view reason;
    };
    std::vector<Case> const cases{
        {"../../etc/passwd", "'..' as a folder"},
        {"..\\x", "'..' as a folder"},
        {"a/../b", "'..' as a folder"},
        {"..", "'..' as a folder"},
        {"", "empty"},
        {"folder/", "empty"},
        {"a\0b"s, "U+0000"},
        {"a\nb", "U+000A"},
        {"a\x7f", "U+007F"},
        {"a\u0085", "U+0085"},
        {"invoice\u202Efdp.exe", "U+202E"},
        {"a\u2066b", "U+2066"},
        {"\xff\xfe", "UTF-8"},
        {"\xc0\xaf", "UTF-8"},
        {"\xed\xa0\x80", "UTF-8"},
        {std::string(256, 'x'), "256 bytes"},
    };
    for (auto const& [name, reason] : cases) {
        auto const result = accept_file_name(name);
        ASSERT_FALSE(result) << name;
        EXPECT_NE(result.error().message.find(reason), std::string::npos) << result.error().message;
        EXPECT_EQ(result.error().param, "filename");
    }
    EXPECT_TRUE(accept_file_name(std::string(255, 'x')));
}

}  // namespace
}  // namespace filegate::gateway
