#include "ingest/second_format.hpp"

#include <gtest/gtest.h>

#include "ingest/zip_fixture.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::string_view kind(std::string const& bytes, std::string_view type) {
    return second_format(content_of(bytes), type).value();
}

std::string const archive = zip({{"a", "text"}});
std::string const gif = "GIF89a"s + std::string(100, '\1');

TEST(second_format, finds_the_archive_behind_a_medium) {
    EXPECT_EQ(kind(gif, "image/gif"), "");
    EXPECT_EQ(kind(gif + archive, "image/gif"), "a zip archive");
    EXPECT_EQ(kind(gif + archive + std::string(60'000, '\2'), "image/gif"), "a zip archive");
    EXPECT_EQ(kind(gif + archive + std::string(65'535, '\2'), "audio/mpeg"), "a zip archive");
    EXPECT_EQ(kind(gif + archive + std::string(65'536, '\2'), "audio/mpeg"), "") << "out of reach";
    EXPECT_EQ(kind(gif + "PK\x05\x06"s + std::string(18, '\0'), "image/gif"), "");
}

TEST(second_format, in_a_pdf_an_archive_may_be_attached_but_not_appended) {
    EXPECT_EQ(kind("%PDF-1.4 x" + archive, "application/pdf"), "a zip archive");
    EXPECT_EQ(kind("%PDF-1.4 x" + archive + "endstream %%EOF\n", "application/pdf"), "");
    EXPECT_EQ(kind("%PDF-1.4 x %%EOF\n" + archive + "more", "application/pdf"), "a zip archive");
    auto const attached_and_appended = "%PDF-1.4 " + archive + " %%EOF\n" + archive;
    EXPECT_EQ(kind(attached_and_appended, "application/pdf"), "a zip archive");
    // A comment that claims the end of the PDF for itself.
    auto const with_comment = "%PDF-1.4 x %%EOF\n" + zip({{"a", "text"}}, "%%EOF\n");
    EXPECT_EQ(kind(with_comment, "application/pdf"), "a zip archive");
}

TEST(second_format, finds_a_pdf_wherever_a_reader_would_begin) {
    auto const pdf_at = [](std::size_t offset, std::string const& mark) {
        return "GIF89a" + std::string(offset - 6, '\1') + mark;
    };
    for (std::size_t const offset : {6U, 1019U, 1020U, 1023U, 1024U}) {
        EXPECT_EQ(kind(pdf_at(offset, "%PDF-1.4"), "image/gif"), "a PDF") << offset;
        EXPECT_EQ(kind(pdf_at(offset, "%PDF"), "image/gif"), "a PDF") << offset;
    }
    EXPECT_EQ(kind(pdf_at(1025, "%PDF-1.4"), "image/gif"), "");
    EXPECT_EQ(kind(pdf_at(6, "%PD"), "image/gif"), "");
    EXPECT_EQ(kind(pdf_at(6, "%PDF-1.4"), "video/mp4"), "a PDF");
}

TEST(second_format, finds_a_tar_around_a_medium_or_a_pdf) {
    auto tar = "%PDF-1.4"s + std::string(249, '\0') + "ustar";
    EXPECT_EQ(kind(tar, "application/pdf"), "a tar archive");
    EXPECT_EQ(kind(tar + std::string(300, '\0'), "application/pdf"), "a tar archive");
    tar.replace(0, 8, "GIF89a\1\1");
    EXPECT_EQ(kind(tar, "image/gif"), "a tar archive");
    EXPECT_EQ(kind(tar.substr(0, 261), "image/gif"), "");
    EXPECT_EQ(kind("x" + tar, "image/gif"), "") << "not at its place";
}

TEST(second_format, texts_may_mention_anything) {
    for (std::string_view const type :
         {"text/plain", "image/svg+xml", "application/zip", "application/json", ""}) {
        EXPECT_EQ(kind("text about %PDF-" + archive, type), "") << type;
    }
}

}  // namespace
}  // namespace filegate::ingest
