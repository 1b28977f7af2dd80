// APPNOTE 4.3, little-endian:
//
//   end            @4 disk:u16 @6 disk of the directory:u16 @8 members of this disk:u16
//                  @10 members:u16 @12 directory bytes:u32 @16 directory offset:u32
//   zip64 end      "PK\6\6" @4 bytes that follow:u64 (44) @24 members of this disk:u64
//                  @32 members:u64 @40 directory bytes:u64 @48 directory offset:u64
//                  @56 "PK\6\7" @64 where the zip64 end is:u64
//   central entry  "PK\1\2" @8 flags:u16 @10 method:u16 @16 CRC:u32 @20 packed:u32 @24 unpacked:u32
//                  @28 name:u16 @30 extra:u16 @32 comment:u16 @42 local offset:u32 @46 name, extra,
//                  comment
//   local header   "PK\3\4" @6 flags:u16 @8 method:u16 @14 CRC:u32 @18 packed:u32 @22 unpacked:u32
//                  @26 name:u16 @28 extra:u16 @30 name, extra
//
// A local header may leave CRC and sizes to what follows the member (flag 8), or to its zip64
// extra.

#include "ingest/zip_directory.hpp"

#include <algorithm>
#include <string>

#include "ingest/content_bytes.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t entry_bytes = 46;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t zip64_bytes = 56 + 20;
constexpr std::uint16_t is_encrypted = 1;
constexpr std::uint16_t follows_the_member = 8;
// Info-ZIP's name in UTF-8, which some readers take instead of the other: version:u8 CRC:u32 name.
constexpr std::uint16_t unicode_name = 0x7075;

constexpr auto directory_differs = "the archive's end and its directory contradict each other"sv;
constexpr auto member_differs = "the archive's directory and its members contradict each other"sv;

bool is_sound_end(std::string_view record, ZipEnd const& end) {
    return number_at(record, 4, 4) == 0 && number_at(record, 8, 2) == number_at(record, 10, 2) &&
           number_at(record, 12, 4) == end.directory_bytes &&
           number_at(record, 16, 4) == end.directory_at;
}

// Between directory and end there is nothing, or what zip64 has there (Info-ZIP writes it when it
// reads from a pipe), saying the same.
Result<bool> is_sound_gap(Content const& content, ZipEnd const& end) {
    auto const start = end.directory_at + end.directory_bytes;
    if (start == end.at) return true;
    if (start + zip64_bytes != end.at) return false;
    TRY(auto const gap, bytes_at(content, start, zip64_bytes));
    auto const number = [&](std::size_t offset) {
        return number_at(gap, offset, 4) | std::uint64_t(number_at(gap, offset + 4, 4)) << 32;
    };
    return gap.starts_with("PK\x06\x06"sv) && number(4) == 44 && number(24) == end.members &&
           number(32) == end.members && number(40) == end.directory_bytes &&
           number(48) == end.directory_at && gap.substr(56).starts_with("PK\x06\x07"sv) &&
           number(64) == start;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

// Whether an extra field gives another name to a member whose name needs none.
bool is_renamed(std::string_view name, std::string_view extra) {
    if (!is_ascii(name)) return false;
    while (extra.size() >= 4) {
        auto const bytes = number_at(extra, 2, 2);
        auto const field = extra.substr(4, bytes);
        if (number_at(extra, 0, 2) == unicode_name &&
            field.substr(std::min<std::size_t>(5, field.size())) != name) {
            return true;
        }
        extra.remove_prefix(std::min<std::size_t>(4 + bytes, extra.size()));
    }
    return false;
}

// `entry` and `local` from their marks on, with their names.
bool agree(std::string_view entry, std::string_view local, std::size_t name_bytes) {
    if (local.size() != local_bytes + name_bytes) return false;
    auto const flags = number_at(local, 6, 2);
    if (!local.starts_with("PK\x03\x04"sv) || number_at(local, 26, 2) != name_bytes) return false;
    if (local.substr(local_bytes) != entry.substr(entry_bytes)) return false;
    if (((flags ^ number_at(entry, 8, 2)) & is_encrypted) != 0) return false;
    if (number_at(local, 8, 2) != number_at(entry, 10, 2)) return false;
    auto const may_be_zero = (flags & follows_the_member) != 0;
    for (std::size_t i = 0; i < 12; i += 4) {
        auto const value = number_at(local, 14 + i, 4);
        auto const is_elsewhere = (may_be_zero && value == 0) || (i > 0 && value == 0xFFFF'FFFF);
        if (value != number_at(entry, 16 + i, 4) && !is_elsewhere) return false;
    }
    return true;
}

// How long the entry at `at` is; 0: it is none, or its member is another than it says.
Result<std::size_t> check_entry(Content const& content, std::uint64_t at) {
    TRY(auto const fixed, bytes_at(content, at, entry_bytes));
    if (fixed.size() < entry_bytes || !fixed.starts_with("PK\x01\x02"sv)) return 0;
    auto const name_bytes = number_at(fixed, 28, 2);
    TRY(auto const entry, bytes_at(content, at, entry_bytes + name_bytes));
    auto const local_at = number_at(fixed, 42, 4);
    TRY(auto const local, bytes_at(content, local_at, local_bytes + name_bytes));
    if (!agree(entry, local, name_bytes)) return 0;
    TRY(auto const extra, bytes_at(content, local_at + local.size(), number_at(local, 28, 2)));
    if (is_renamed(std::string_view(entry).substr(entry_bytes), extra)) return 0;
    return entry.size() + number_at(fixed, 30, 2) + number_at(fixed, 32, 2);
}

}  // namespace

Result<std::string_view> contradiction_in_zip(Content const& content, ZipEnd const& end,
                                              std::uint64_t members_max) {
    TRY(auto const record, bytes_at(content, end.at, 20));
    auto const is_empty = end.members == 0 && end.directory_bytes == 0;
    if (is_empty) return std::string_view();
    TRY(auto const is_closed, is_sound_gap(content, end));
    if (end.is_zip64() || !is_sound_end(record, end) || !is_closed) return directory_differs;
    auto at = end.directory_at;
    for (std::uint64_t i = 0; i < std::min(end.members, members_max); ++i) {
        TRY(auto const bytes, check_entry(content, at));
        if (bytes == 0) return member_differs;
        at += bytes;
    }
    auto const is_whole = at == end.directory_at + end.directory_bytes;
    return is_whole || end.members > members_max ? std::string_view() : directory_differs;
}

}  // namespace filegate::ingest
