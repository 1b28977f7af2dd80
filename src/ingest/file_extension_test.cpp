#include "ingest/file_extension.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

TEST(file_extension, is_what_the_file_would_be_opened_by) {
    struct Case {
        std::string_view name;
        std::string_view extension;
    };
    for (auto const& [name, extension] :
         {Case{"a.PDF", "pdf"}, Case{"a.tar.gz", "gz"}, Case{"a.exe. .", "exe"}, Case{"a", ""},
          Case{".env", ""}, Case{"x.exe:y", "exe"}, Case{"12:30.txt", "txt"}, Case{"", ""},
          Case{"a.", ""}}) {
        EXPECT_EQ(extension_of(name), extension) << name;
    }
}

TEST(file_extension, blocked_ones_are_found_in_every_spelling) {
    std::vector<std::string> const blocked{"exe", ".SH"};
    for (std::string const name : {"x.exe", "x.EXE", "x.pdf.exe", "x.exe.", "x.exe ", "x.exe...",
                                   "x.exe:y", "x.txt:y.exe", "x.exe::$DATA", "run.sh", ".sh"}) {
        EXPECT_FALSE(blocked_extension_of(name, blocked).empty()) << name;
    }
    for (std::string const name : {"exe", "x.exe.pdf", "x.exec", "exe.txt", "", ".", ":", "sh:x"}) {
        EXPECT_TRUE(blocked_extension_of(name, blocked).empty()) << name;
    }
}

}  // namespace
}  // namespace filegate::ingest
