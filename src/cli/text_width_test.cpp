#include "cli/text_width.hpp"

#include <gtest/gtest.h>

namespace filegate::cli {
namespace {

TEST(text_width, counts_columns_not_bytes) {
    EXPECT_EQ(text_width(""), 0);
    EXPECT_EQ(text_width("abc"), 3);
    EXPECT_EQ(text_width("schön"), 5);
    EXPECT_EQ(text_width("文件.pdf"), 8);
    EXPECT_EQ(text_width("e\xcc\x81"), 1);
    EXPECT_EQ(text_width("😀"), 2);
    EXPECT_EQ(text_width("\xff\xfe"), 2);
}

TEST(text_width, fit_fills_exactly_the_columns) {
    for (auto const* const text :
         {"", "a", "abcdef", "文件文件文件", "a文件文件", "😀😀😀", "\xff\xff\xff\xff\xff\xff"}) {
        for (std::size_t columns = 0; columns < 12; ++columns) {
            EXPECT_EQ(text_width(fit(text, columns)), columns) << text << " " << columns;
        }
    }
    EXPECT_EQ(fit("abcdef", 5), "ab...");
    EXPECT_EQ(fit("abcde", 5), "abcde");
    EXPECT_EQ(fit("文件文件", 6), "文... ");
    EXPECT_EQ(fit("abc", 2), "..");
}

}  // namespace
}  // namespace filegate::cli
