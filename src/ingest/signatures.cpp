#include "ingest/signatures.hpp"

#include <array>
#include <cstdint>

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

struct Signature {
    std::size_t offset;
    std::string_view bytes;
    std::string_view type;
};

constexpr auto executable = "application/x-executable"sv;
constexpr auto mach_o = "application/x-mach-binary"sv;

// Long enough not to be met at the front of a text by chance.
constexpr std::array signatures{
    Signature{0, "%PDF-"sv, "application/pdf"sv},
    Signature{0, "\xEF\xBB\xBF%PDF-"sv, "application/pdf"sv},
    Signature{0, "\x89PNG\r\n\x1A\n"sv, "image/png"sv},
    Signature{0, "\xFF\xD8\xFF"sv, "image/jpeg"sv},
    Signature{0, "GIF87a"sv, "image/gif"sv},
    Signature{0, "GIF89a"sv, "image/gif"sv},
    Signature{0, "II*\0"sv, "image/tiff"sv},
    Signature{0, "MM\0*"sv, "image/tiff"sv},
    Signature{0, "8BPS\0\x01"sv, "image/vnd.adobe.photoshop"sv},
    Signature{0, "PK\x03\x04"sv, zip_type},
    Signature{0, "PK\x05\x06"sv, zip_type},  // an archive of nothing
    // Marks of an archive that was meant for several files: APPNOTE 8.5.3 and 8.5.4.
    Signature{0,
              "PK\x07\x08"
              "PK\x03\x04"sv,
              zip_type},
    Signature{0, "PK00PK\x03\x04"sv, zip_type},
    Signature{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, ole_type},
    Signature{0, "\x1F\x8B\x08"sv, gzip_type},
    Signature{0,
              "\xFD"
              "7zXZ\0"sv,
              "application/x-xz"sv},
    Signature{0, "\x28\xB5\x2F\xFD"sv, "application/zstd"sv},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, "application/x-7z-compressed"sv},
    Signature{0, "Rar!\x1A\x07"sv, "application/vnd.rar"sv},
    Signature{0, "MSCF\0\0\0\0"sv, "application/vnd.ms-cab-compressed"sv},
    Signature{0, "MSWIM\0\0\0"sv, "application/x-ms-wim"sv},
    Signature{0, "xar!\0"sv, "application/x-xar"sv},
    Signature{0, "LZIP\x01"sv, "application/x-lzip"sv},
    Signature{0, "\x04\x22\x4D\x18"sv, "application/x-lz4"sv},
    Signature{2, "-lh5-"sv, "application/x-lzh-compressed"sv},
    Signature{257, "ustar"sv, tar_type},
    Signature{0, "ID3"sv, "audio/mpeg"sv},
    Signature{0, "fLaC"sv, "audio/flac"sv},
    Signature{0, "FLV\x01"sv, "video/x-flv"sv},
    Signature{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "video/x-ms-asf"sv},
    Signature{0, "\0\0\x01\xBA"sv, "video/mpeg"sv},
    Signature{0, "{\\rtf"sv, "text/rtf"sv},
    Signature{0, "%!PS"sv, "application/postscript"sv},
    Signature{0, "SQLite format 3\0"sv, "application/vnd.sqlite3"sv},
    Signature{0, "PAR1"sv, "application/vnd.apache.parquet"sv},
    Signature{0, "\0asm"sv, "application/wasm"sv},
    Signature{0,
              "\x7F"
              "ELF"sv,
              executable},
    Signature{0, "\xFE\xED\xFA\xCE"sv, mach_o},
    Signature{0, "\xFE\xED\xFA\xCF"sv, mach_o},
    Signature{0, "\xCE\xFA\xED\xFE"sv, mach_o},
    Signature{0, "\xCF\xFA\xED\xFE"sv, mach_o},
};

struct Brand {
    std::string_view name;  // or its beginning
    std::string_view type;
};

// ISO 14496-12 `ftyp` brands.
constexpr std::array brands{
    Brand{"heic"sv, "image/heic"sv},      Brand{"heix"sv, "image/heic"sv},
    Brand{"heim"sv, "image/heic"sv},      Brand{"heis"sv, "image/heic"sv},
    Brand{"hevc"sv, "image/heic"sv},      Brand{"hevx"sv, "image/heic"sv},
    Brand{"avif"sv, "image/avif"sv},      Brand{"avis"sv, "image/avif"sv},
    Brand{"mif1"sv, "image/heif"sv},      Brand{"msf1"sv, "image/heif"sv},
    Brand{"qt  "sv, "video/quicktime"sv}, Brand{"M4A "sv, "audio/mp4"sv},
    Brand{"M4B "sv, "audio/mp4"sv},       Brand{"M4V"sv, "video/mp4"sv},
    Brand{"3gp"sv, "video/3gpp"sv},       Brand{"3g2"sv, "video/3gpp2"sv},
    Brand{"iso"sv, "video/mp4"sv},        Brand{"mp4"sv, "video/mp4"sv},
    Brand{"avc"sv, "video/mp4"sv},        Brand{"dash"sv, "video/mp4"sv},
    Brand{"MSNV"sv, "video/mp4"sv},
};

std::string_view part(std::string_view head, std::size_t offset, std::size_t length) {
    return offset < head.size() ? head.substr(offset, length) : std::string_view();
}

std::uint32_t little_endian(std::string_view head, std::size_t offset) {
    auto const bytes = part(head, offset, 4);
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

std::string_view riff_type(std::string_view head) {
    if (!head.starts_with("RIFF")) return {};
    auto const form = part(head, 8, 4);
    if (form == "WEBP") return "image/webp";
    if (form == "WAVE") return "audio/wav";
    if (form == "AVI ") return "video/x-msvideo";
    return {};
}

std::string_view brand_type(std::string_view name) {
    for (auto const& brand : brands) {
        if (name.starts_with(brand.name)) return brand.type;
    }
    return {};
}

std::string_view iso_media_type(std::string_view head) {
    if (part(head, 4, 4) != "ftyp") return {};
    auto const type = brand_type(part(head, 8, 4));
    if (type != "image/heif") return type;
    // A general image brand: the compatible brands say which coding it is.
    for (std::size_t offset = 16; offset < 64; offset += 4) {
        auto const compatible = brand_type(part(head, offset, 4));
        if (compatible == "image/heic" || compatible == "image/avif") return compatible;
    }
    return type;
}

std::string_view matroska_type(std::string_view head) {
    if (!head.starts_with("\x1A\x45\xDF\xA3"sv)) return {};
    auto const header = head.substr(0, 128);
    if (header.contains("webm")) return "video/webm";
    if (header.contains("matroska")) return "video/x-matroska";
    return {};
}

std::string_view windows_executable_type(std::string_view head) {
    if (!head.starts_with("MZ")) return {};
    if (part(head, little_endian(head, 0x3C), 4) == "PE\0\0"sv) {
        return "application/vnd.microsoft.portable-executable";
    }
    return {};
}

// "BZh", the block size, then the first block's mark or that of the end.
std::string_view bzip2_type(std::string_view head) {
    if (!head.starts_with("BZh") || head.size() < 10 || head[3] < '1' || head[3] > '9') return {};
    auto const mark = head.substr(4, 6);
    return mark == "1AY&SY" || mark == "\x17rE8P\x90" ? "application/x-bzip2" : "";
}

std::string_view old_tar_type(std::string_view head) {
    return is_tar_header(std::as_bytes(std::span(head))) ? tar_type : std::string_view();
}

// "BM" begins many a text: the header must make sense too.
std::string_view bitmap_type(std::string_view head) {
    if (!head.starts_with("BM") || head.size() < 26 || little_endian(head, 6) != 0) return {};
    auto const header_bytes = little_endian(head, 14);
    return header_bytes >= 12 && header_bytes <= 124 ? "image/bmp" : "";
}

// Frames of MPEG audio without an ID3 tag: sync, version and layer, a bit rate and a sample rate.
std::string_view mpeg_audio_type(std::string_view head) {
    if (head.size() < 4 || head[0] != '\xFF') return {};
    auto const version = static_cast<std::uint8_t>(head[1]);
    auto const rates = static_cast<std::uint8_t>(head[2]);
    if (version == 0xF1 || version == 0xF9) return "audio/aac";
    auto const is_layer_3 = (version & 0xE6) == 0xE2 && (version & 0x18) != 0x08;
    auto const has_rates = rates >> 4 != 0 && rates >> 4 != 15 && (rates & 0x0C) != 0x0C;
    return is_layer_3 && has_rates ? "audio/mpeg" : "";
}

}  // namespace

// 512 bytes; at 148 their sum in octal, blanks before it, taken with blanks in its own place. Some
// old writers summed signed bytes.
bool is_tar_header(std::span<std::byte const> head) {
    constexpr std::size_t header_bytes = 512;
    constexpr std::size_t sum_at = 148;
    constexpr std::size_t sum_bytes = 8;
    if (head.size() < header_bytes || head[0] == std::byte{0}) return false;
    auto at = sum_at;
    while (at < sum_at + sum_bytes && head[at] == std::byte{' '})
        ++at;
    int written = 0;
    auto const first_digit = at;
    for (; at < sum_at + sum_bytes; ++at) {
        auto const digit = static_cast<int>(head[at]) - '0';
        if (digit < 0 || digit > 7) break;
        written = written * 8 + digit;
    }
    if (at == first_digit) return false;
    auto unsigned_sum = static_cast<int>(sum_bytes) * ' ';
    auto signed_sum = unsigned_sum;
    for (std::size_t i = 0; i < header_bytes; ++i) {
        if (i >= sum_at && i < sum_at + sum_bytes) continue;
        unsigned_sum += static_cast<std::uint8_t>(head[i]);
        signed_sum += static_cast<std::int8_t>(head[i]);
    }
    return written == unsigned_sum || written == signed_sum;
}

std::string_view type_by_signature(std::span<std::byte const> bytes) {
    std::string_view const head(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    for (auto const& signature : signatures) {
        if (part(head, signature.offset, signature.bytes.size()) == signature.bytes) {
            return signature.type;
        }
    }
    for (auto* const tell : {riff_type, iso_media_type, matroska_type, windows_executable_type,
                             bzip2_type, bitmap_type, mpeg_audio_type, old_tar_type}) {
        if (auto const type = tell(head); !type.empty()) return type;
    }
    return {};
}

}  // namespace filegate::ingest
