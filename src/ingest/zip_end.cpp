// "PK\5\6" @10 members:u16 @12 directory bytes:u32 @16 directory offset:u32 @20 comment bytes:u16,
// then the comment. The directory, which begins with "PK\1\2", ends where the record begins. Of a
// zip64 the 20 bytes before the record are a locator, "PK\6\7".

#include "ingest/zip_end.hpp"

#include <cstring>
#include <string>

#include "ingest/content_bytes.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t record_bytes = 22;
constexpr std::size_t locator_bytes = 20;
constexpr std::size_t tail_bytes = record_bytes + 65'535;

Result<bool> stands_at(Content const& content, std::uint64_t offset, std::string_view mark) {
    TRY(auto const bytes, bytes_at(content, offset, mark.size()));
    return bytes == mark;
}

// False: the record is none. Else says where the directory is, as far as it is known.
Result<bool> find_directory(Content const& content, std::uint32_t offset, ZipEnd& end) {
    constexpr auto entry = "PK\x01\x02"sv;
    if (end.directory_bytes > 0 && end.directory_bytes <= end.at) {
        end.directory_at = end.at - end.directory_bytes;
        TRY(auto const is_before, stands_at(content, end.directory_at, entry));
        if (is_before) return true;
    }
    end.directory_at = offset;
    TRY(auto const is_at_offset, stands_at(content, offset, entry));
    if (is_at_offset && offset < end.at) return true;
    end.directory_at = end.directory_bytes = 0;
    if (end.at < locator_bytes) return false;
    return stands_at(content, end.at - locator_bytes, "PK\x06\x07"sv);
}

// Where `mark` stands last; npos: nowhere. memrchr looks at many bytes at once, which rfind() of
// the standard library does not; every image is searched.
std::size_t last_place(std::string_view text, std::string_view mark) {
    auto left = text.size();
    while (left >= mark.size()) {
        auto const* const found = ::memrchr(text.data(), mark.back(), left);
        if (found == nullptr) return text.npos;
        left = static_cast<std::size_t>(static_cast<char const*>(found) - text.data());
        if (text.substr(0, left + 1).ends_with(mark)) return left + 1 - mark.size();
    }
    return text.npos;
}

}  // namespace

Result<std::optional<ZipEnd>> find_zip_end(Content const& content, ZipEndPlace place) {
    auto const size = content.size_bytes();
    auto const start = size - std::min<std::uint64_t>(size, tail_bytes);
    TRY(auto const tail, bytes_at(content, start, static_cast<std::size_t>(size - start)));
    std::string_view const text(tail);
    constexpr auto mark = "PK\x05\x06"sv;
    std::optional<std::size_t> pdf_end;  // looked for when there is a mark
    // The last one is the file's own; others are of archives stored in it.
    for (auto at = last_place(text, mark); at != text.npos;
         at = last_place(text.substr(0, at + mark.size() - 1), mark)) {
        if (text.size() - at < record_bytes) continue;
        if (!pdf_end) pdf_end = last_place(text, "%%EOF"sv);
        auto const end = at + record_bytes + number_at(text, at + 20, 2);
        ZipEnd found{.at = start + at,
                     .members = number_at(text, at + 10, 2),
                     .is_last = end >= text.size() || *pdf_end == text.npos || *pdf_end < at,
                     .directory_bytes = number_at(text, at + 12, 4)};
        if (place == ZipEndPlace::last && !found.is_last) continue;
        TRY(auto const is_real, find_directory(content, number_at(text, at + 16, 4), found));
        if (is_real) return found;
    }
    return std::nullopt;
}

}  // namespace filegate::ingest
