#include "gateway/file_name.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace filegate::gateway {
namespace {

std::unexpected<Error> refuse(std::string message) {
    return fail(Error{
        .code = ErrorCode::validation_failed, .message = std::move(message), .param = "filename"});
}

bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

// Unicode's bidirectional formatting characters (UAX #9): they reorder what a reader sees, so that
// "invoice\u202Efdp.exe" shows as "invoiceexe.pdf".
bool is_bidi_control(char32_t c) {
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool has_parent_folder(std::string_view path) {
    while (!path.empty()) {
        auto const end = std::min(path.find_first_of("/\\"), path.size());
        if (path.substr(0, end) == "..") return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

}  // namespace

Result<std::string> accept_file_name(std::string_view sent) {
    if (has_parent_folder(sent)) {
        return refuse("the file name contains '..' as a folder; send the base name only");
    }
    auto const slash = sent.find_last_of("/\\");
    auto const name = slash == std::string_view::npos ? sent : sent.substr(slash + 1);
    if (name.empty() || name == ".") return refuse("the file name is empty; send filename=NAME");
    if (name.size() > name_bytes_max) {
        return refuse(fmt::format("the file name has {} bytes; at most {} are taken", name.size(),
                                  name_bytes_max));
    }
    auto const characters = decode_utf8(name);
    if (!characters) return refuse("the file name is not valid UTF-8");
    for (auto const c : *characters) {
        if (!is_control(c) && !is_bidi_control(c)) continue;
        return refuse(fmt::format("the file name contains the {} character U+{:04X}; remove it",
                                  is_control(c) ? "control" : "bidirectional",
                                  static_cast<std::uint32_t>(c)));
    }
    return std::string(name);
}

}  // namespace filegate::gateway
