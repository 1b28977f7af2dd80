// In this order: a signature; inside a container, what it contains; text whose extension names its
// format; libmagic. A script ("#!") keeps its type whatever its extension: policies refuse it.

#include "ingest/sniff.hpp"

#include <algorithm>

#include "ingest/documents.hpp"
#include "ingest/executables.hpp"
#include "ingest/magic_library.hpp"
#include "ingest/signatures.hpp"
#include "ingest/text_types.hpp"

namespace filegate::ingest {
namespace {

constexpr std::size_t head_bytes_max = 64 * 1024;
// libmagic searches text with hundreds of expressions, and what tells texts apart stands at their
// beginning: with this much it needs less than a millisecond.
constexpr std::size_t text_bytes_max = 1024;
constexpr std::string_view unknown_type = "application/octet-stream";
constexpr std::string_view plain_text = "text/plain";
constexpr std::string_view script_type = "text/x-shellscript";

Result<std::string> type_of_text(std::span<std::byte const> head, Cut cut,
                                 SniffHints const& hints) {
    auto const named = is_script(head) ? std::string_view() : text_type_of_name(hints.filename);
    auto const is_text = is_unicode_text(head, cut);
    if (is_text && !named.empty()) return std::string(named);
    auto const bytes_max = is_text || is_older_text(head) ? text_bytes_max : head.size();
    TRY(auto type, type_by_magic(head.first(std::min(head.size(), bytes_max)), hints.magic_file));
    // Text in an older encoding.
    if (type.starts_with("text/") && !named.empty()) return std::string(named);
    if (is_script(head) && !type.starts_with("text/x-")) return std::string(script_type);
    if (type.empty() || type == unknown_type) type = is_text ? plain_text : unknown_type;
    return type;
}

}  // namespace

Result<std::vector<std::byte>> read_head(Content const& content) {
    std::vector<std::byte> head(
        static_cast<std::size_t>(std::min<std::uint64_t>(content.size_bytes(), head_bytes_max)));
    TRY(auto const count, content.read_at(0, head));
    head.resize(count);
    return head;
}

Result<std::string> sniff(Content const& content, SniffHints const& hints) {
    TRY(auto const head, read_head(content));
    return sniff(content, head, hints);
}

Result<std::string> sniff(Content const& content, std::span<std::byte const> head,
                          SniffHints const& hints) {
    auto const signed_type = type_by_signature(head);
    if (signed_type == zip_type) return type_of_zip(content);
    if (signed_type == ole_type) {
        TRY(auto const document, type_of_ole(content));
        if (!document.empty()) return document;
        TRY(auto const other, type_by_magic(head, hints.magic_file));
        return other.empty() || other == unknown_type ? std::string(ole_type) : other;
    }
    if (!signed_type.empty()) return std::string(signed_type);
    auto const cut = content.size_bytes() > head.size() ? Cut::yes : Cut::no;
    return type_of_text(head, cut, hints);
}

}  // namespace filegate::ingest
