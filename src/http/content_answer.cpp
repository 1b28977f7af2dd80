#include "http/content_answer.hpp"

#include "http/json_answers.hpp"
#include "net/range.hpp"
#include "net/url.hpp"

namespace filegate::http {
namespace {

// The part of an open body that was asked for; keeps the body alive while it is sent.
class RangeSource final : public ByteSource {
public:
    RangeSource(std::unique_ptr<ReopenableBody> body, std::unique_ptr<ByteSource> source,
                std::uint64_t bytes_left)
        : body_(std::move(body)), source_(std::move(source)), bytes_left_(bytes_left) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        if (bytes_left_ == 0) co_return 0;
        auto const wanted = std::min<std::uint64_t>(into.size(), bytes_left_);
        CO_TRY(auto const count,
               co_await source_->read(into.first(static_cast<std::size_t>(wanted))));
        bytes_left_ -= count;
        co_return count;
    }

private:
    std::unique_ptr<ReopenableBody> body_;
    std::unique_ptr<ByteSource> source_;  // goes before the body it reads
    std::uint64_t bytes_left_;
};

bool names_etag(std::string_view list, std::string_view etag) {
    return list == "*" || list.contains(etag);
}

Result<std::optional<net::ByteRange>> wanted_range(net::ServerRequest const& request,
                                                   std::string_view etag, std::uint64_t size) {
    auto const& headers = request.headers;
    auto const range = headers.find("Range");
    // Of any other method the header is ignored (RFC 9110 section 14.2).
    if (!range || request.method != "GET") return std::nullopt;
    // With If-Range the range counts only for the very same bytes.
    if (auto const condition = headers.find("If-Range"); condition && *condition != etag) {
        return std::nullopt;
    }
    return net::parse_range(*range, size);
}

bool is_token_character(char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ';' && c != '%';
}

}  // namespace

std::string attachment_disposition(std::string_view filename) {
    std::string fallback;
    for (auto const c : filename)
        fallback += is_token_character(c) || c == ' ' ? c : '_';
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", fallback,
                       net::percent_encode(filename));
}

Task<Result<net::ServerResponse>> content_answer(net::ServerRequest const& request,
                                                 gateway::FileContent content) {
    auto const& file = content.view.file;
    auto const etag = '"' + file.sha256.hex() + '"';
    net::ServerResponse answer;
    answer.headers.add("ETag", etag);
    answer.headers.add("Accept-Ranges", "bytes");
    answer.headers.add("Cache-Control", "private, no-cache");
    // A stranger's bytes are never to be rendered by a browser as a page of ours.
    answer.headers.add("Content-Security-Policy",
                       "default-src 'none'; frame-ancestors 'none'; sandbox");
    if (auto const known = request.headers.find("If-None-Match");
        known && names_etag(*known, etag)) {
        answer.status = 304;
        co_return answer;
    }
    auto const range = wanted_range(request, etag, file.bytes);
    if (!range) {
        auto refusal = error_answer(range.error(), request.id);
        refusal.headers.add("Content-Range", fmt::format("bytes */{}", file.bytes));
        co_return refusal;
    }
    answer.headers.add("Content-Type", file.mime_type);
    answer.headers.add("X-Content-Type-Options", "nosniff");
    answer.headers.add("Content-Disposition", attachment_disposition(file.name));
    auto const part = range->value_or(net::ByteRange{.first = 0, .bytes = file.bytes});
    if (*range) {
        answer.status = 206;
        answer.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", part.first,
                                                        part.first + part.bytes - 1, file.bytes));
    }
    CO_TRY(auto source, co_await content.body->open(part.first));
    answer.body = net::StreamedBody{.source = std::make_unique<RangeSource>(
                                        std::move(content.body), std::move(source), part.bytes),
                                    .size_bytes = part.bytes};
    co_return answer;
}

}  // namespace filegate::http
