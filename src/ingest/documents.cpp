// Zip (APPNOTE 4.3), little-endian, as far as it is read here:
//
//   local header   "PK\3\4" @8 method:u16 @18 packed:u32 @26 name:u16 @28 extra:u16 @30 name,
//   extra,
//                  content
//   central entry  "PK\1\2" @28 name:u16 @30 extra:u16 @32 comment:u16 @46 name, extra, comment
//   end            "PK\5\6" @12 directory bytes:u32 @16 directory offset:u32 @20 comment:u16
//
// OLE compound file ([MS-CFB]):
//
//   header         @30 sector shift:u16 @48 first directory sector:u32 @76 109 x FAT sector:u32
//   sector n       at (n + 1) << shift; its successor is entry n of the FAT
//   directory      entries of 128 bytes: UTF-16 name, @64 name bytes:u16 with the closing zero

#include "ingest/documents.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "ingest/content_bytes.hpp"
#include "ingest/signatures.hpp"
#include "ingest/zip_end.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t directory_bytes_max = 128 * 1024;
constexpr std::size_t ole_sectors_max = 32;
constexpr std::size_t ole_fat_sectors_in_header = 109;

// What the names in an archive say about it.
struct ArchiveNames {
    bool has_content_types = false;
    bool has_word = false;
    bool has_excel = false;
    bool has_excel_binary = false;
    bool has_powerpoint = false;
    bool has_macros = false;
    bool has_android_manifest = false;
    bool has_java_manifest = false;

    // Names of parts ignore case.
    void note(std::string_view written) {
        std::string name(written);
        for (auto& c : name) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        has_content_types |= name == "[content_types].xml";
        has_word |= name.starts_with("word/");
        has_excel |= name.starts_with("xl/");
        has_excel_binary |= name == "xl/workbook.bin";
        has_powerpoint |= name.starts_with("ppt/");
        has_macros |= name.ends_with("vbaproject.bin");
        has_android_manifest |= name == "androidmanifest.xml";
        has_java_manifest |= name == "meta-inf/manifest.mf";
    }

    std::string_view open_xml_type() const {
        if (has_word) {
            return has_macros ? "application/vnd.ms-word.document.macroenabled.12"sv
                              : "application/vnd.openxmlformats-officedocument.wordprocessingml."
                                "document"sv;
        }
        if (has_excel_binary) return "application/vnd.ms-excel.sheet.binary.macroenabled.12";
        if (has_excel) {
            return has_macros
                       ? "application/vnd.ms-excel.sheet.macroenabled.12"sv
                       : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"sv;
        }
        if (has_powerpoint) {
            return has_macros ? "application/vnd.ms-powerpoint.presentation.macroenabled.12"sv
                              : "application/vnd.openxmlformats-officedocument.presentationml."
                                "presentation"sv;
        }
        return {};
    }

    std::string_view type() const {
        if (auto const open_xml = open_xml_type(); has_content_types && !open_xml.empty()) {
            return open_xml;
        }
        if (has_android_manifest) return "application/vnd.android.package-archive";
        if (has_java_manifest) return "application/java-archive";
        return zip_type;
    }
};

bool is_declared_by_documents(std::string_view type) {
    return type == "application/epub+zip" ||
           type.starts_with("application/vnd.oasis.opendocument.");
}

// EPUB and OpenDocument: the first member is called `mimetype`, is stored as it is, and says it.
// Any other word there is no reason to believe it.
std::string_view declared_type(std::string_view head) {
    constexpr std::size_t shortest_bytes = 38;
    auto const name_bytes = number_at(head, 26, 2);
    if (head.size() < shortest_bytes) return {};
    if (number_at(head, 8, 2) != 0 || name_bytes != 8 || head.substr(30, 8) != "mimetype") {
        return {};
    }
    auto const start = shortest_bytes + number_at(head, 28, 2);
    auto const bytes = number_at(head, 18, 4);
    if (start > head.size() || bytes > head.size() - start) return {};
    auto const text = head.substr(start, bytes);
    return is_declared_by_documents(text) ? text : std::string_view();
}

ArchiveNames names_in_directory(std::string_view directory) {
    ArchiveNames names;
    while (directory.starts_with("PK\x01\x02"sv) && directory.size() > 46) {
        auto const name_bytes = number_at(directory, 28, 2);
        names.note(directory.substr(46, name_bytes));
        auto const next =
            46 + name_bytes + number_at(directory, 30, 2) + number_at(directory, 32, 2);
        directory.remove_prefix(std::min<std::size_t>(next, directory.size()));
    }
    return names;
}

struct OleStream {
    std::u16string_view name;
    std::string_view type;
};

constexpr std::array ole_streams{
    OleStream{u"WordDocument", "application/msword"},
    OleStream{u"Workbook", "application/vnd.ms-excel"},
    OleStream{u"Book", "application/vnd.ms-excel"},
    OleStream{u"PowerPoint Document", "application/vnd.ms-powerpoint"},
    OleStream{u"__properties_version1.0", "application/vnd.ms-outlook"},
    OleStream{u"VisioDocument", "application/vnd.visio"},
};

std::string_view type_in_directory_sector(std::string_view sector) {
    for (; sector.size() >= 128; sector.remove_prefix(128)) {
        auto const name_bytes = std::min<std::size_t>(number_at(sector, 64, 2), 64);
        std::u16string name;
        for (std::size_t i = 0; i + 2 < name_bytes; i += 2)
            name += static_cast<char16_t>(number_at(sector, i, 2));
        auto const known = std::ranges::find(ole_streams, name, &OleStream::name);
        if (known != ole_streams.end()) return known->type;
    }
    return {};
}

// Where a sector begins; the header takes the place of one.
std::uint64_t sector_offset(std::uint32_t sector, unsigned shift) {
    return (std::uint64_t(sector) + 1) << shift;
}

}  // namespace

Result<std::string> type_of_zip(Content const& content) {
    TRY(auto const head, bytes_at(content, 0, 1024));
    if (auto const declared = declared_type(head); !declared.empty()) return std::string(declared);
    TRY(auto const end, find_zip_end(content, ZipEndPlace::anywhere));
    if (!end) return std::string(zip_type);
    auto const bytes = std::min<std::uint64_t>(end->directory_bytes, directory_bytes_max);
    TRY(auto const directory,
        bytes_at(content, end->directory_at, static_cast<std::size_t>(bytes)));
    return std::string(names_in_directory(directory).type());
}

Result<std::string> type_of_ole(Content const& content) {
    TRY(auto const header, bytes_at(content, 0, 512));
    auto const shift = number_at(header, 30, 2);
    if (shift != 9 && shift != 12) return std::string();
    auto const entries_per_fat_sector = 1U << (shift - 2);
    auto sector = number_at(header, 48, 4);
    for (std::size_t i = 0; i < ole_sectors_max; ++i) {
        TRY(auto const entries, bytes_at(content, sector_offset(sector, shift), 1U << shift));
        if (auto const type = type_in_directory_sector(entries); !type.empty()) {
            return std::string(type);
        }
        auto const fat = sector / entries_per_fat_sector;
        if (entries.empty() || fat >= ole_fat_sectors_in_header) break;
        auto const fat_offset = sector_offset(number_at(header, 76 + 4 * fat, 4), shift);
        TRY(auto const next,
            bytes_at(content, fat_offset + 4 * (sector % entries_per_fat_sector), 4));
        sector = number_at(next, 0, 4);
    }
    return std::string();
}

}  // namespace filegate::ingest
