// Three shapes, each precise enough not to be met by chance:
//
//   an archive behind   a zip's end record within the last 65,557 bytes whose central directory
//                       really stands where the record's size says ("PK\1\2"): GIFAR, and images
//                       or PDFs with an archive appended. A PDF may carry attachments that are
//                       zips: there the record must be the file's last thing.
//   a PDF inside        "%PDF" that begins within the first 1025 bytes of a medium: no reader looks
//                       further, and that of browsers wants no "-" behind it
//   a tar around        "ustar" at 257, where a member's name holds the other format's signature
//
// HTML in the comment of an image is no second format here: files are served with their type and
// with nosniff, and every photograph may carry text.

#include "ingest/second_format.hpp"

#include <string>

#include "ingest/content_bytes.hpp"
#include "ingest/zip_end.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t front_bytes = 1024 + "%PDF"sv.size();

bool is_medium(std::string_view type) {
    if (type == "image/svg+xml") return false;  // text, which may mention anything
    return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
}

}  // namespace

Result<std::string_view> second_format(Content const& content, std::string_view type) {
    auto const is_pdf = type == "application/pdf";
    if (!is_pdf && !is_medium(type)) return std::string_view();
    TRY(auto const front, bytes_at(content, 0, front_bytes));
    if (!is_pdf && front.contains("%PDF"sv)) return "a PDF"sv;
    if (front.size() >= 262 && std::string_view(front).substr(257, 5) == "ustar")
        return "a tar archive"sv;
    auto const place = is_pdf ? ZipEndPlace::last : ZipEndPlace::anywhere;
    TRY(auto const archive_end, find_zip_end(content, place));
    return archive_end ? "a zip archive"sv : std::string_view();
}

}  // namespace filegate::ingest
