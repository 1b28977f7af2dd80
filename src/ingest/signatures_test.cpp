#include "ingest/signatures.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::string_view type_of(std::string_view head) {
    return type_by_signature(std::as_bytes(std::span(head)));
}

std::string number(std::uint32_t value) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(value >> shift);
    return bytes;
}

std::string iso_media(std::string const& brands) {
    return number(0x18000000) + "ftyp" + brands;
}

// "MZ" with the place of its second header at 0x3C.
std::string windows_program(std::uint32_t place, std::string const& after) {
    return "MZ" + std::string(0x3A, '\0') + number(place) + after;
}

std::string bitmap(std::uint32_t reserved, std::uint32_t header_bytes) {
    return "BM" + number(70) + number(reserved) + number(54) + number(header_bytes) + number(2) +
           number(2);
}

TEST(signatures, one_byte_short_is_no_type) {
    struct Case {
        std::string head;
        std::string_view type;
    };
    for (auto const& [head, type] : std::vector<Case>{
             {"%PDF-", "application/pdf"},
             {"\xEF\xBB\xBF%PDF-", "application/pdf"},
             {"\x89PNG\r\n\x1A\n", "image/png"},
             {"\xFF\xD8\xFF", "image/jpeg"},
             {"GIF87a", "image/gif"},
             {"II*\0"s, "image/tiff"},
             {"8BPS\0\1"s, "image/vnd.adobe.photoshop"},
             {"PK\5\6", zip_type},
             {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ole_type},
             {"\x1F\x8B\x08", "application/gzip"},
             {"SQLite format 3\0"s, "application/vnd.sqlite3"},
             {std::string(257, '\0') + "ustar", "application/x-tar"},
             {"RIFF\xFF\xFF\xFF\xFFWEBP", "image/webp"},
             {"RIFF\0\0\0\0AVI "s, "video/x-msvideo"},
             {iso_media("heic"), "image/heic"},
             {iso_media("qt  "), "video/quicktime"},
             {iso_media("avif"), "image/avif"},
             {"\x1A\x45\xDF\xA3webm", "video/webm"},
             {windows_program(0x40, "PE\0\0"s), "application/vnd.microsoft.portable-executable"},
             {bitmap(0, 40), "image/bmp"},
             {"\xFF\xFB\x90\x64", "audio/mpeg"},
             {"\xFF\xF1\x50\x80", "audio/aac"},
         }) {
        EXPECT_EQ(type_of(head), type);
        EXPECT_EQ(type_of(std::string_view(head).substr(0, head.size() - 1)), "") << type;
        EXPECT_NE(type_of("x" + head), type) << "a byte in front of " << type;
    }
    EXPECT_EQ(type_of(""), "");
}

// Whatever stands at its place, a tar's member may be named like another format: the front decides.
TEST(signatures, the_front_decides_over_what_stands_further_in) {
    auto const tar_named = [](std::string front) {
        front.resize(257, '\0');
        return front + "ustar\0"s;
    };
    EXPECT_EQ(type_of(tar_named("GIF89a")), "image/gif");
    EXPECT_EQ(type_of(tar_named("%PDF-1.4")), "application/pdf");
    EXPECT_EQ(type_of(tar_named("RIFF\0\0\0\0WAVE"s)), "application/x-tar");
    EXPECT_EQ(type_of(std::string(256, 'n') + "ustar"), "");
    EXPECT_EQ(type_of("RIFF\0\0\0\0ftypheic"s), "") << "a form that is none";
    EXPECT_EQ(type_of("RIFFftypWEBPmp42"), "image/webp");
}

TEST(signatures, a_general_image_brand_is_settled_by_the_brands_of_its_first_box) {
    auto const fillers = [](std::size_t count) {
        std::string brands;
        for (std::size_t i = 0; i < count; ++i)
            brands += "miaf";
        return brands;
    };
    EXPECT_EQ(type_of(iso_media("mif1")), "image/heif");
    EXPECT_EQ(type_of(iso_media("mif1\0\0\0\0avif"s)), "image/avif");
    EXPECT_EQ(type_of(iso_media("mif1avif\0\0\0\0"s)), "image/heif") << "that is the version";
    EXPECT_EQ(type_of(iso_media("mif1\0\0\0\0"s + fillers(11) + "heic")), "image/heic");
    EXPECT_EQ(type_of(iso_media("mif1\0\0\0\0"s + fillers(12) + "heic")), "image/heif");
    EXPECT_EQ(type_of(iso_media("mif1\0\0\0\0hei"s)), "image/heif");
    EXPECT_EQ(type_of(iso_media("mif1\0\0\0\0xheic"s)), "image/heif") << "not at a brand's place";
    EXPECT_EQ(type_of(iso_media("isom\0\0\0\0heic"s)), "video/mp4") << "the major brand decides";
}

TEST(signatures, a_windows_program_says_where_its_header_is_wherever_that_leads) {
    constexpr auto windows = "application/vnd.microsoft.portable-executable";
    EXPECT_EQ(type_of(windows_program(0x44, "....PE\0\0"s)), windows);
    for (std::uint32_t const place : {0U, 0x3DU, 0x41U, 0x7FFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFCU})
        EXPECT_EQ(type_of(windows_program(place, "PE\0\0"s)), "") << place;
    EXPECT_EQ(type_of("MZ"), "");
}

TEST(signatures, a_bitmaps_header_must_make_sense) {
    EXPECT_EQ(type_of(bitmap(0, 12)), "image/bmp");
    EXPECT_EQ(type_of(bitmap(0, 124)), "image/bmp");
    for (auto const& head : {bitmap(0, 11), bitmap(0, 125), bitmap(1, 40), bitmap(1U << 31, 40)})
        EXPECT_EQ(type_of(head), "");
}

TEST(signatures, a_frame_of_audio_has_a_layer_and_rates) {
    for (auto const& head : {"\xFF\xFB\x10\0"s, "\xFF\xFB\xE8\0"s, "\xFF\xE3\x90\0"s})
        EXPECT_EQ(type_of(head), "audio/mpeg");
    // No bit rate, all its bits, no sample rate, a reserved version, another layer, UTF-16's mark.
    for (auto const& head : {"\xFF\xFB\x00\0"s, "\xFF\xFB\xF0\0"s, "\xFF\xFB\x9C\0"s,
                             "\xFF\xEB\x90\0"s, "\xFF\xFD\x90\0"s, "\xFF\xFE\x90\0"s}) {
        EXPECT_EQ(type_of(head), "");
    }
}

TEST(signatures, a_matroska_names_its_kind_within_its_header) {
    std::string const front = "\x1A\x45\xDF\xA3";
    EXPECT_EQ(type_of(front), "");
    EXPECT_EQ(type_of(front + std::string(120, '\0') + "webm"), "video/webm");
    EXPECT_EQ(type_of(front + std::string(121, '\0') + "webm"), "");
}

}  // namespace
}  // namespace filegate::ingest
