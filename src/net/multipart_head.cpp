// A part's headers, RFC 7578 section 4 and the WHATWG's encoding of form data:
//
//   head   = *( name ":" value CRLF ) CRLF        no folded lines; no control character but the tab
//   name, value as in RFC 9110; three names matter:
//     Content-Disposition: form-data; name="..." [; filename="..."] [; filename*=UTF-8''...]
//     Content-Type: ...
//     Content-Transfer-Encoding: 7bit | 8bit | binary     (an encoded body is refused, not stored)
//
// Names and file names are raw UTF-8 in which the sender replaced LF, CR and the quote by %0A, %0D
// and %22, and nothing else: any other '%' stands for itself. `filename` wins over `filename*`
// (RFC 7578 forbids the latter), which is ignored when it is not UTF-8 percent-coded.

#include "net/multipart_head.hpp"

#include <fmt/format.h>

#include "net/header_parameters.hpp"
#include "net/url.hpp"

namespace filegate::net {

namespace {

std::unexpected<Error> bad_part(std::string_view what) {
    return fail(ErrorCode::validation_failed,
                fmt::format("a part of the multipart body is malformed: {}", what));
}

std::string undo_form_escapes(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        auto const escape = text.substr(0, 3);
        auto const byte = escape == "%22"   ? '"'
                          : escape == "%0D" ? '\r'
                          : escape == "%0A" ? '\n'
                                            : '\0';
        plain.push_back(byte == '\0' ? text.front() : byte);
        text.remove_prefix(byte == '\0' ? 1 : escape.size());
    }
    return plain;
}

std::optional<std::string> decode_extended(std::string_view text) {
    auto const charset = text.substr(0, text.find('\''));
    if (charset.size() == text.size() || ascii_lower(charset) != "utf-8") return std::nullopt;
    auto const coded = text.substr(charset.size() + 1);
    auto const language_end = coded.find('\'');
    if (language_end == coded.npos) return std::nullopt;
    auto decoded = percent_decode(coded.substr(language_end + 1));
    return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

Result<void> read_disposition(std::string_view value, PartHead& head) {
    TRY(auto const disposition, parse_header_value(value));
    if (disposition.word != "form-data") {
        return bad_part("its Content-Disposition is not form-data");
    }
    TRY(auto const name, disposition.find("name"));
    TRY(auto const filename, disposition.find("filename"));
    TRY(auto const extended, disposition.find("filename*"));
    if (!name) return bad_part("its Content-Disposition has no name");
    head.name = undo_form_escapes(*name);
    if (filename) {
        head.filename = undo_form_escapes(*filename);
    } else if (extended) {
        head.filename = decode_extended(*extended);
    }
    return {};
}

Result<void> check_transfer_encoding(std::string_view value) {
    auto const encoding = ascii_lower(value);
    if (encoding == "7bit" || encoding == "8bit" || encoding == "binary") return {};
    return bad_part(
        "its Content-Transfer-Encoding is not 7bit, 8bit or binary; send the bytes as they are");
}

Result<void> check_bytes(std::string_view line) {
    for (auto const c : line) {
        auto const byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return bad_part(fmt::format("a header holds the control character 0x{:02X}", byte));
        }
    }
    return {};
}

// What a head may say once.
struct Seen {
    bool disposition = false;
    bool content_type = false;
    bool transfer_encoding = false;
};

Result<void> once(bool& is_seen, std::string_view name) {
    if (std::exchange(is_seen, true)) return bad_part(fmt::format("{} comes twice", name));
    return {};
}

Result<void> read_line(std::string_view line, Seen& seen, PartHead& head) {
    TRY(check_bytes(line));
    auto const colon = line.find(':');
    if (colon == line.npos) return bad_part("a header line has no ':'");
    if (!is_token(line.substr(0, colon))) return bad_part("a header line has no valid name");
    auto const name = ascii_lower(line.substr(0, colon));
    auto const value = trim_blanks(line.substr(colon + 1));
    if (name == "content-disposition") {
        TRY(once(seen.disposition, "Content-Disposition"));
        TRY(read_disposition(value, head));
    } else if (name == "content-type") {
        TRY(once(seen.content_type, "Content-Type"));
        head.content_type = value;
    } else if (name == "content-transfer-encoding") {
        TRY(once(seen.transfer_encoding, "Content-Transfer-Encoding"));
        TRY(check_transfer_encoding(value));
    }
    return {};
}

}  // namespace

Result<PartHead> parse_part_head(std::string_view block) {
    PartHead head;
    Seen seen;
    while (true) {
        auto const line = block.substr(0, block.find("\r\n"));
        if (line.size() == block.size()) return bad_part("its headers do not end");
        if (line.empty()) break;
        TRY(read_line(line, seen, head));
        block.remove_prefix(line.size() + 2);
    }
    if (!seen.disposition) return bad_part("it has no Content-Disposition");
    return head;
}

// RFC 2046 section 5.1.1:  boundary := 0*69<bchars> bcharsnospace
Result<std::string> multipart_boundary(std::string_view content_type) {
    constexpr std::size_t boundary_bytes_max = 70;
    auto const refuse = [](std::string_view what) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("the Content-Type {}; send multipart/form-data; boundary=... with "
                                "the boundary the body uses",
                                what));
    };
    TRY(auto const parsed, parse_header_value(content_type));
    if (parsed.word != "multipart/form-data") return refuse("is not multipart/form-data");
    TRY(auto boundary, parsed.find("boundary"));
    if (!boundary) return refuse("has no boundary parameter");
    if (boundary->empty()) return refuse("has an empty boundary");
    if (boundary->size() > boundary_bytes_max) {
        return refuse(fmt::format("has a boundary of {} characters, of {} allowed",
                                  boundary->size(), boundary_bytes_max));
    }
    if (!is_alphanumeric_or("'()+_,-./:=? ", *boundary)) {
        return refuse("has a boundary with a character that boundaries may not hold");
    }
    if (boundary->back() == ' ') return refuse("has a boundary that ends with a space");
    return *std::move(boundary);
}

}  // namespace filegate::net
