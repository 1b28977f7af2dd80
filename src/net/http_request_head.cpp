#include "net/http_request_head.hpp"

#include <charconv>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace filegate::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::iequals;

constexpr int http_version_not_supported = 505;

std::unexpected<Refusal> refuse(std::string reason) {
    return std::unexpected(Refusal{
        .error = {.code = ErrorCode::validation_failed,
                  .message = "The request is not valid HTTP/1.1: " + std::move(reason) + "."},
        .status = std::nullopt});
}

std::unexpected<Refusal> refuse_size(std::size_t bytes_max) {
    auto message = fmt::format(
        "The request line and headers are longer than the limit of {} bytes; send fewer or shorter "
        "headers.",
        bytes_max);
    return std::unexpected(
        Refusal{.error = {.code = ErrorCode::header_too_large, .message = std::move(message)},
                .status = std::nullopt});
}

// One loop without an early end, which the compiler turns into vector code.
bool has_control_character(std::string_view text) {
    unsigned found = 0;
    for (auto const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        found |=
            static_cast<unsigned>((byte < 0x20 && byte != '\t' && byte != '\r') | (byte == 0x7f));
    }
    return found != 0;
}

// What Beast's parser calls back with, collected. Views into the head.
struct HeadFacts {
    std::string_view method;
    std::string_view target;
    int version = 11;
    Headers headers;
    std::optional<std::string> content_length;
    std::string host;
    std::size_t hosts = 0;
    std::size_t transfer_encodings = 0;
    bool has_differing_lengths = false;
    bool is_chunked = false;
    bool expects_continue = false;
};

// Beast's parser for the syntax of the lines; its notions of bodies are not used.
class Parser final : public http::basic_parser<true> {
public:
    explicit Parser(std::size_t head_bytes) {
        header_limit(static_cast<std::uint32_t>(head_bytes + 1));
        body_limit(boost::none);
    }
    HeadFacts facts;

private:
    using string_view = boost::beast::string_view;
    static std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

    void on_request_impl(http::verb, string_view method, string_view target, int version,
                         error_code&) override {
        facts.method = std_view(method);
        facts.target = std_view(target);
        facts.version = version;
    }

    void on_field_impl(http::field field, string_view name, string_view value,
                       error_code&) override {
        if (field == http::field::host) {
            ++facts.hosts;
            facts.host = value;
        } else if (field == http::field::content_length) {
            facts.has_differing_lengths |= facts.content_length && *facts.content_length != value;
            facts.content_length = value;
        } else if (field == http::field::transfer_encoding) {
            ++facts.transfer_encodings;
            facts.is_chunked = iequals(value, "chunked");
        } else if (field == http::field::expect) {
            facts.expects_continue |= iequals(value, "100-continue");
        }
        facts.headers.add(name, value);
    }

    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}
};

// A version that has the right form but is not ours deserves 505, anything else is just wrong.
bool names_another_version(std::string_view head) {
    auto const line = head.substr(0, head.find('\r'));
    if (line.size() < 9) return false;
    auto const version = line.substr(line.size() - 9);
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.starts_with(" HTTP/") && is_digit(version[6]) && version[7] == '.' &&
           is_digit(version[8]);
}

std::unexpected<Refusal> refuse_syntax(error_code why, std::string_view head) {
    if (why == http::error::bad_version && names_another_version(head)) {
        auto refusal = refuse("this server speaks HTTP/1.1 and HTTP/1.0 only");
        refusal.error().status = http_version_not_supported;
        return refusal;
    }
    if (why == http::error::bad_method) return refuse("the method is not a token");
    if (why == http::error::bad_target) return refuse("the request target has a bad character");
    if (why == http::error::bad_version)
        return refuse("the request line does not end in a version");
    if (why == http::error::bad_field) return refuse("a header name is not a token");
    if (why == http::error::bad_content_length) return refuse("Content-Length is not a number");
    if (why == http::error::multiple_content_length) return refuse("Content-Lengths differ");
    if (why == http::error::bad_transfer_encoding) {
        return refuse("Transfer-Encoding comes twice or beside Content-Length");
    }
    return refuse("a header value has a bad character");
}

// Digits only: "+5", " 5" or "5, 5" are read differently by different servers.
std::optional<std::uint64_t> parse_length(std::string_view text) {
    std::uint64_t length = 0;
    auto const* const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, length);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return length;
}

std::expected<void, Refusal> check_framing(HeadFacts const& facts) {
    if (facts.transfer_encodings > 0) {
        if (facts.content_length) return refuse("it has both Content-Length and Transfer-Encoding");
        if (facts.transfer_encodings > 1 || !facts.is_chunked) {
            return refuse("Transfer-Encoding may only be chunked");
        }
        if (facts.version < 11) return refuse("HTTP/1.0 knows no Transfer-Encoding");
    }
    if (facts.has_differing_lengths) return refuse("Content-Lengths differ");
    if (facts.content_length && !parse_length(*facts.content_length)) {
        return refuse("Content-Length is not a number");
    }
    return {};
}

bool is_host_character(char c) {
    return c > ' ' && c < 0x7f && !std::string_view("\"#/<>?@\\^`{|}").contains(c);
}

std::expected<void, Refusal> check_host(HeadFacts const& facts) {
    if (facts.hosts > 1) return refuse("it has several Host headers");
    if (facts.hosts == 0 && facts.version >= 11) return refuse("it has no Host header");
    if (!std::ranges::all_of(facts.host, is_host_character)) {
        return refuse("the Host header has a bad character");
    }
    return {};
}

struct TargetParts {
    std::string_view path_and_query;
    std::optional<std::string_view> host;  // of an absolute-form target
};

// origin-form, absolute-form (which every server has to take) and `OPTIONS *`.
std::optional<TargetParts> target_parts(std::string_view method, std::string_view target) {
    if (target.starts_with('/')) return TargetParts{.path_and_query = target, .host = {}};
    if (target == "*" && method == "OPTIONS") {
        return TargetParts{.path_and_query = target, .host = {}};
    }
    auto const scheme_end = target.find("://");
    auto const scheme =
        boost::beast::string_view(target.data(), target.size()).substr(0, scheme_end);
    if (scheme_end == std::string_view::npos) return std::nullopt;
    if (!iequals(scheme, "http") && !iequals(scheme, "https")) return std::nullopt;
    auto const rest = target.substr(scheme_end + 3);
    auto const path_at = std::min(rest.find_first_of("/?#"), rest.size());
    auto const host = rest.substr(0, path_at);
    if (host.empty() || !std::ranges::all_of(host, is_host_character)) return std::nullopt;
    return TargetParts{.path_and_query = path_at == rest.size() ? "/" : rest.substr(path_at),
                       .host = host};
}

std::expected<RequestHead, Refusal> head_of(HeadFacts facts, bool keeps_alive) {
    auto const target = target_parts(facts.method, facts.target);
    if (!target || target->path_and_query.contains('#')) {
        return refuse("the request target is neither a path nor an http URL");
    }
    auto const where = target->path_and_query;
    auto const query_at = where.find('?');
    auto const path = where.substr(0, query_at);
    return RequestHead{
        .method = std::string(facts.method),
        .target = std::string(facts.target),
        .path = std::string(path.empty() ? "/" : path),
        .query = query_at == std::string_view::npos ? "" : std::string(where.substr(query_at + 1)),
        // The Host header beside an absolute-form target means nothing (RFC 9112 section 3.2.2).
        .host = target->host ? std::string(*target->host) : std::move(facts.host),
        .headers = std::move(facts.headers),
        .version = facts.version < 11 ? HttpVersion::http_1_0 : HttpVersion::http_1_1,
        .content_length = facts.content_length ? parse_length(*facts.content_length) : std::nullopt,
        .is_chunked = facts.is_chunked,
        // HTTP/1.0 clients do not know the interim answer (RFC 9110 section 10.1.1).
        .expects_continue = facts.expects_continue && facts.version >= 11,
        .keeps_alive = keeps_alive};
}

}  // namespace

std::expected<std::optional<std::size_t>, Refusal> HeadScanner::scan(std::string_view bytes) {
    while (true) {
        auto const newline = bytes.find('\n', scanned_);
        auto const is_whole = newline != std::string_view::npos;
        auto const seen = is_whole ? newline : bytes.size();
        if (has_control_character(bytes.substr(scanned_, seen - scanned_))) {
            return refuse("its head has a control character");
        }
        scanned_ = seen;
        if (!is_whole) break;
        auto const line = bytes.substr(line_begin_, newline - line_begin_);
        if (line.empty() || line.find('\r') + 1 != line.size()) {
            return refuse("a line does not end in CR LF");
        }
        if (line_begin_ > 0 && (line[0] == ' ' || line[0] == '\t')) {
            return refuse("a header line is folded");
        }
        line_begin_ = scanned_ = newline + 1;
        if (line.size() > 1) continue;
        if (line_begin_ > bytes_max_) return refuse_size(bytes_max_);
        return line_begin_;
    }
    if (bytes.size() >= bytes_max_) return refuse_size(bytes_max_);
    return std::nullopt;
}

std::expected<RequestHead, Refusal> parse_request_head(std::string_view head) {
    Parser parser(head.size());
    error_code failed;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), failed);
    if (failed) return refuse_syntax(failed, head);
    if (auto const framing = check_framing(parser.facts); !framing) {
        return std::unexpected(framing.error());
    }
    if (auto const host = check_host(parser.facts); !host) return std::unexpected(host.error());
    auto const keeps_alive = parser.keep_alive();
    return head_of(std::move(parser.facts), keeps_alive);
}

}  // namespace filegate::net
