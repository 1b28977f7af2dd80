// "PK\5\6" @10 members:u16 @12 directory bytes:u32 @20 comment bytes:u16, then the comment. The
// directory, which begins with "PK\1\2", ends where the record begins.

#include "ingest/zip_end.hpp"

#include <string>

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t record_bytes = 22;
constexpr std::size_t tail_bytes = record_bytes + 65'535;

Result<std::string> bytes_at(Content const& content, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    TRY(auto const read, content.read_at(offset, std::as_writable_bytes(std::span(bytes))));
    bytes.resize(read);
    return bytes;
}

std::uint32_t number_at(std::string_view bytes, std::size_t offset, std::size_t width) {
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[offset + i]);
    return value;
}

Result<bool> has_directory(Content const& content, std::uint64_t record_at,
                           std::uint32_t directory_bytes) {
    if (directory_bytes == 0 || directory_bytes > record_at) return false;
    TRY(auto const entry, bytes_at(content, record_at - directory_bytes, 4));
    return entry == "PK\x01\x02"sv;
}

}  // namespace

Result<std::optional<ZipEnd>> find_zip_end(Content const& content, ZipEndPlace place) {
    auto const size = content.size_bytes();
    auto const start = size - std::min<std::uint64_t>(size, tail_bytes);
    TRY(auto const tail, bytes_at(content, start, static_cast<std::size_t>(size - start)));
    std::string_view const text(tail);
    constexpr auto mark = "PK\x05\x06"sv;
    // The last one is the file's own; others are of archives stored in it.
    for (auto at = text.rfind(mark); at != text.npos;
         at = at == 0 ? text.npos : text.rfind(mark, at - 1)) {
        if (text.size() - at < record_bytes) continue;
        auto const end = at + record_bytes + number_at(text, at + 20, 2);
        ZipEnd const found{.at = start + at,
                           .members = number_at(text, at + 10, 2),
                           .is_last = end >= text.size() || text.find("%%EOF"sv, at) == text.npos};
        if (place == ZipEndPlace::last && !found.is_last) continue;
        TRY(auto const is_real, has_directory(content, found.at, number_at(text, at + 12, 4)));
        if (is_real) return found;
    }
    return std::nullopt;
}

}  // namespace filegate::ingest
