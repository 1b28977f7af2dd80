#include "ingest/sniff.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::literals;

std::string type_of(std::string_view content, std::string_view filename = {}) {
    return sniff(MemoryContent(std::as_bytes(std::span(content))), {.filename = filename}).value();
}

struct Case {
    std::string content;
    std::string_view filename;
    std::string_view type;
};

void expect_types(std::vector<Case> const& cases) {
    for (auto const& [content, filename, type] : cases)
        EXPECT_EQ(type_of(content, filename), type) << filename << ": " << content.substr(0, 40);
}

TEST(sniff, knows_common_types_by_their_signature_whatever_the_name) {
    expect_types({
        {"%PDF-1.4\n%\xE2\xE3", "a.txt", "application/pdf"},
        {"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s, "a.txt", "image/png"},
        {"\xFF\xD8\xFF\xE0\0\x10JFIF"s, "", "image/jpeg"},
        {"GIF89a\1\0", "", "image/gif"},
        {"RIFF\x24\0\0\0WEBPVP8 "s, "", "image/webp"},
        {"RIFF\x24\0\0\0WAVEfmt "s, "", "audio/wav"},
        {"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0"s, "", "image/bmp"},
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0mif1heic"s,
         "", "image/heic"},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1heic"s,
         "", "image/heic"},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1avif"s,
         "", "image/avif"},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1zzzz"s,
         "", "image/heif"},
        {"\0\0\0\x18"
         "ftypisom\0\0\2\0isom"s,
         "", "video/mp4"},
        {"\0\0\0\x18"
         "ftypqt  \0\0\2\0"s,
         "", "video/quicktime"},
        {"\0\0\0\x18"
         "ftypM4A \0\0\2\0"s,
         "", "audio/mp4"},
        {"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1\x42\x82\x84webm"s, "", "video/webm"},
        {"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\1\x42\x82\x88matroska"s, "", "video/x-matroska"},
        {"ID3\4\0\0\0\0\0\0"s, "", "audio/mpeg"},
        {"\xFF\xFB\x90\x64\0\0\0\0"s, "", "audio/mpeg"},
        {"\x1F\x8B\x08\0\0\0\0\0"s, "a.md", "application/gzip"},
        {std::string(257, 'n') + "ustar\0", "", "application/x-tar"},
        {"PK00PK\x03\x04", "a.txt", "application/zip"},
        {"PK\x07\x08PK\x03\x04", "a.txt", "application/zip"},
        {"BZh11AY&SY", "a.txt", "application/x-bzip2"},
    });
}

TEST(sniff, tells_executables_whatever_their_name) {
    auto windows = "MZ"s + std::string(0x3A, '\0') + "\x40\0\0\0PE\0\0"s;
    expect_types({
        {"\x7F"
         "ELF\2\1\1\0"s,
         "notes.txt", "application/x-executable"},
        {windows, "notes.txt", "application/vnd.microsoft.portable-executable"},
        {"\xCF\xFA\xED\xFE\7\0\0\1"s, "notes.txt", "application/x-mach-binary"},
        {"#!/bin/sh\nrm -rf /\n", "notes.md", "text/x-shellscript"},
        {"#!/usr/bin/nobody-knows\nx\n", "notes.md", "text/x-shellscript"},
    });
    EXPECT_TRUE(type_of("#!/usr/bin/env python3\nprint(1)\n", "a.txt").starts_with("text/x-"));
}

TEST(sniff, is_not_misled_by_texts_that_begin_like_something_else) {
    expect_types({
        {"BM is a soil type in this region of the world.\n", "a.txt", "text/plain"},
        {"MZ was here, and left a long text behind it so that there is something to read\n", "a.md",
         "text/markdown"},
        {"RIFF raff", "a.txt", "text/plain"},
    });
}

TEST(sniff, tells_text_formats_apart_by_the_extension) {
    expect_types({
        {"# title\n", "README.md", "text/markdown"},
        {"a,b\n1,2\n", "table.CSV", "text/csv"},
        {"{\"a\":1}", "x.json", "application/json"},
        {"{\"a\":1}\n{\"a\":2}\n", "batch.jsonl", "application/jsonl"},
        {"print(1)\n", "x.py", "text/x-python"},
        {"\xEF\xBB\xBF"
         "with a mark",
         "x.txt", "text/plain"},
        {"\xFF\xFEh\0i\0"s, "x.txt", "text/plain"},
        {"\xE4\xBD\xA0\xE5\xA5\xBD\n", "\xE4\xBD\xA0.txt", "text/plain"},
        {"caf\xE9 au lait, s'il vous pla\xEEt\n", "latin.txt", "text/plain"},
        {"hello world\n", "no extension", "text/plain"},
        {"hello world\n", "strange.xyz", "text/plain"},
    });
}

TEST(sniff, does_not_let_an_extension_speak_for_what_is_no_text) {
    expect_types({
        {"\1\2\3\0\x80\xFF\xFE"s, "x.csv", "application/octet-stream"},
        {"half text \0 half not"s, "x.md", "application/octet-stream"},
    });
}

TEST(sniff, lets_content_say_what_browsers_run) {
    EXPECT_EQ(type_of("<!DOCTYPE html><html><body>x</body></html>"), "text/html");
    EXPECT_EQ(type_of("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n",
                      "x.svg"),
              "image/svg+xml");
    EXPECT_EQ(type_of("{\"valid\": [1, 2, 3]}\n"), "application/json");
}

TEST(sniff, sees_text_to_the_edge_of_its_sample_and_not_beyond) {
    std::string text(64 * 1024 - 1, 'x');
    text += "\xC3\xA9";  // a character cut by the end of the sample
    EXPECT_EQ(type_of(text, "x.txt"), "text/plain");
    text += "\0\1\2"s;
    EXPECT_EQ(type_of(text, "x.txt"), "text/plain");
}

}  // namespace
}  // namespace filegate::ingest
