#include "net/http_connection.hpp"

#include "base/check.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t small_stream_buffer_bytes = 64 * 1024;
constexpr std::size_t stream_buffer_bytes = 256 * 1024;

// A client that still sends when its answer is out is listened to for a while: closing at once
// would reset the connection and could take the answer with it (RFC 9112 section 9.6).
constexpr seconds linger_time_max{10};
constexpr seconds linger_idle_max{2};
constexpr std::uint64_t linger_bytes_max = std::uint64_t{1} << 30;
constexpr std::uint64_t tls_linger_bytes_max = 16
                                               << 20;  // what is dropped there is decrypted first
constexpr std::size_t linger_drop_bytes = 1 << 20;

// A connection is not for ever: who has so many requests can afford another handshake.
constexpr std::size_t requests_per_connection_max = 100'000;

constexpr std::size_t blank_lines_max = 8;  // before one request

constexpr std::size_t request_id_characters_max = 128;
constexpr std::string_view own_ids = "req-";  // nobody else's may look like these

bool is_usable_id(std::string_view id) {
    return !id.empty() && id.size() <= request_id_characters_max && !id.starts_with(own_ids) &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f; });
}

bool asks_to_close(ServerResponse const& response) {
    auto const connection = response.headers.find("Connection");
    return connection && (*connection == "close" || *connection == "Close");
}

Refusal refusal_for(ErrorCode code, std::string message, std::string detail = {}) {
    return {.error = {.code = code, .message = std::move(message), .detail = std::move(detail)},
            .status = std::nullopt};
}

// A source that throws is a source that fails.
Task<Result<std::size_t>> read_source(ByteSource& source, std::span<std::byte> into) {
    try {
        co_return co_await source.read(into);
    } catch (Cancelled const&) {
        throw;
    } catch (...) {
        co_return fail(ErrorCode::unexpected_error, "The content could not be read.");
    }
}

std::string_view text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace

HttpConnection::HttpConnection(ConnectionSurroundings& surroundings, UniqueFd fd,
                               std::string peer_address)
    : surroundings_(surroundings),
      stream_(surroundings.loop, std::move(fd)),
      peer_address_(std::move(peer_address)),
      pace_(PaceLimits{}) {}

Task<void> HttpConnection::serve_all() {
    auto const has_begun = co_await begin();
    if (has_begun) co_await serve_requests();
}

// False when nobody is there to be served.
Task<bool> HttpConnection::begin() {
    if (surroundings_.tls == nullptr) co_return true;
    if (surroundings_.is_draining) co_return false;
    is_idle_ = true;
    auto const shaken = co_await stream_.start_tls(
        *surroundings_.tls, stream_.now() + surroundings_.options.header_timeout);
    is_idle_ = false;
    if (shaken == Handshake::plain_text) {
        co_await refuse(refusal_for(ErrorCode::validation_failed,
                                    "This port speaks TLS; begin the URL with https://."));
    }
    co_return shaken == Handshake::done;
}

Task<void> HttpConnection::serve_requests() {
    auto after = After::next_request;
    while (after == After::next_request) {
        auto head = co_await next_head();
        if (!head) {
            auto const was_sent = co_await reply_refusal(head.error());
            after = was_sent ? After::linger : After::close;
        } else if (!*head) {
            after = After::close;
        } else {
            after = co_await serve(**std::move(head));
        }
    }
    if (after == After::linger) {
        co_await linger();
    } else {
        stream_.say_end();
    }
}

Task<void> HttpConnection::turn_away(Error error) {
    auto const has_begun = co_await begin();
    if (has_begun) co_await refuse({.error = std::move(error), .status = std::nullopt});
}

Task<void> HttpConnection::refuse(Refusal refused) {
    auto const was_sent = co_await reply_refusal(refused);
    if (was_sent) co_await linger();
}

void HttpConnection::close_if_idle() {
    if (is_idle_) stream_.wake();
}

Task<HttpConnection::NextHead> HttpConnection::next_head() {
    auto const& options = surroundings_.options;
    if (stream_.input().is_empty()) {
        auto const has_come = co_await first_byte();
        if (!has_come) co_return std::nullopt;
    }
    ++requests_;
    blank_lines_ = 0;
    HeadScanner scanner(options.header_bytes_max);
    std::optional<Deadline> deadline;
    while (true) {
        if (!skip_blank_lines(scanner)) {
            co_return std::unexpected(
                refusal_for(ErrorCode::validation_failed,
                            "Too many empty lines stand before the request; send it at once."));
        }
        auto const text = stream_.input().text();
        auto const end = scanner.scan(text);
        if (!end) co_return std::unexpected(end.error());
        if (*end) {
            auto head = parse_request_head(text.substr(0, **end));
            stream_.input().consume(**end);
            co_return head;
        }
        if (!deadline) deadline = stream_.now() + options.header_timeout;
        auto const got = co_await stream_.fill_when_ready(options.header_bytes_max, *deadline);
        bool const has_come = got.result.status == IoStatus::done;
        // Over TLS bytes may be there without a wait: neither others' turns nor the time may
        // suffer.
        if (has_come && stream_.is_greedy()) co_await stream_.pause();
        bool const is_late = stream_.now() >= *deadline;
        if (has_come && !is_late) continue;
        if (!has_come && got.end == WaitEnd::ready) co_return std::nullopt;
        if (!has_come && got.end == WaitEnd::woken) continue;
        co_return std::unexpected(refusal_for(
            ErrorCode::request_timeout,
            fmt::format("The request's headers did not arrive within {} s; send them at once.",
                        options.header_timeout.count())));
    }
}

// False when the client ends, stays silent for too long, or the server stops.
Task<bool> HttpConnection::first_byte() {
    auto const& options = surroundings_.options;
    auto const patience = requests_ > 0 ? options.keep_alive_timeout : options.header_timeout;
    auto const deadline = stream_.now() + patience;
    while (true) {
        // A stop wakes who waits here; what came until then is still answered.
        if (surroundings_.is_draining) {
            auto const got = stream_.fill(options.header_bytes_max);
            co_return got.status == IoStatus::done;
        }
        is_idle_ = true;
        auto const got = co_await stream_.fill_when_ready(options.header_bytes_max, deadline);
        is_idle_ = false;
        if (got.result.status == IoStatus::done) co_return true;
        if (got.end != WaitEnd::woken) co_return false;
    }
}

// Old clients send an empty line after a body (RFC 9112 section 2.2). False: too many for that.
bool HttpConnection::skip_blank_lines(HeadScanner& scanner) {
    while (stream_.input().text().starts_with("\r\n")) {
        if (++blank_lines_ > blank_lines_max) return false;
        stream_.input().consume(2);
        scanner = HeadScanner(surroundings_.options.header_bytes_max);
    }
    return true;
}

Task<HttpConnection::After> HttpConnection::serve(RequestHead head) {
    auto const unread_max = surroundings_.options.unread_body_bytes_max;
    RequestBody body(stream_, head,
                     {.idle_max = surroundings_.options.body_idle_timeout,
                      .bytes_per_second_min = surroundings_.options.body_rate_min});
    auto request = request_of(head, body);
    auto response = co_await answer(request);
    if (response.is_cut) co_return After::close;
    // A streamed answer may still read the request's body; any other has read all it wanted.
    auto const may_skip = std::holds_alternative<std::string>(response.body) && body.is_chunked() &&
                          !body.is_held_back() && !body.has_failed();
    if (may_skip) body.discard_what_came(unread_max);
    ReplyTo const to{.version = head.version,
                     .is_head = request.method == "HEAD",
                     .keeps_alive = may_keep(head, body, response),
                     .id = request.id};
    body.forgo_continue();
    auto const was_sent = co_await send_response(to, response);
    if (!was_sent) co_return After::close;
    if (!to.keeps_alive) {
        auto const has_taken_all = body.has_ended() && stream_.input().is_empty();
        co_return has_taken_all ? After::close : After::linger;
    }
    if (body.has_ended()) co_return After::next_request;
    auto const was_discarded = co_await body.discard(unread_max);
    co_return was_discarded ? After::next_request : After::linger;
}

ServerRequest HttpConnection::request_of(RequestHead& head, RequestBody& body) {
    auto const sent_id = head.headers.find("X-Request-Id");
    auto id = sent_id && is_usable_id(*sent_id) ? RequestId(std::string(*sent_id))
                                                : surroundings_.ids.request();
    return {.method = std::move(head.method),
            .target = std::move(head.target),
            .path = std::move(head.path),
            .query = std::move(head.query),
            .host = std::move(head.host),
            .headers = std::move(head.headers),
            .peer_address = peer_address_,
            .id = std::move(id),
            .content_length = head.content_length,
            .has_body = !body.has_ended(),
            .body = &body};
}

Task<ServerResponse> HttpConnection::answer(ServerRequest& request) {
    std::string bug;
    try {
        co_return co_await surroundings_.handler.handle(request);
    } catch (Cancelled const&) {
        throw;
    } catch (std::exception const& thrown) {
        bug = thrown.what();
    } catch (...) {
        bug = "not a std::exception";
    }
    auto const refused = refusal_for(ErrorCode::unexpected_error,
                                     "The request failed for a reason nobody foresaw; its id is in "
                                     "the server's log.",
                                     bug);
    co_return refusal(refused, request.id);
}

ServerResponse HttpConnection::refusal(Refusal const& refused, RequestId const& id) {
    ServerResponse response;
    try {
        response = surroundings_.handler.refuse(refused.error, id);
    } catch (...) {
        response.status = error_row(refused.error.code).http_status;
    }
    if (refused.status) response.status = *refused.status;
    if (refused.error.retry_after_s && !response.headers.find("Retry-After")) {
        response.headers.add("Retry-After", std::to_string(*refused.error.retry_after_s));
    }
    return response;
}

bool HttpConnection::may_keep(RequestHead const& head, RequestBody const& body,
                              ServerResponse const& response) const {
    if (!head.keeps_alive || surroundings_.is_draining || asks_to_close(response)) return false;
    if (requests_ >= requests_per_connection_max) return false;
    auto const* const streamed = std::get_if<StreamedBody>(&response.body);
    auto const framing =
        choose_framing(response.status, head.version, streamed == nullptr || streamed->size_bytes);
    if (framing == BodyFraming::until_close || body.has_failed()) return false;
    if (body.has_ended()) return true;
    return !body.is_held_back() && !body.is_chunked() &&
           body.remaining_bytes() <= surroundings_.options.unread_body_bytes_max;
}

Task<bool> HttpConnection::reply_refusal(Refusal const& refused) {
    ReplyTo const to{.id = surroundings_.ids.request()};
    auto response = refusal(refused, to.id);
    co_return co_await send_response(to, response);
}

// False when the answer did not go out whole: the connection is then of no use.
Task<bool> HttpConnection::send_response(ReplyTo const& to, ServerResponse& response) {
    pace_ = Pace({.idle_max = surroundings_.options.write_idle_timeout,
                  .bytes_per_second_min = surroundings_.options.body_rate_min});
    auto* const streamed = std::get_if<StreamedBody>(&response.body);
    std::string_view text;
    if (streamed == nullptr) text = std::get<std::string>(response.body);
    auto const size = streamed != nullptr ? streamed->size_bytes : text.size();
    auto const framing = choose_framing(response.status, to.version, size.has_value());
    auto const has_body = !to.is_head && framing != BodyFraming::none;
    if (streamed != nullptr && has_body) {
        FG_CHECK(streamed->source != nullptr, "a streamed body has a source");
        if (size) co_return co_await send_sized(to, response, *streamed);
        co_return co_await send_unsized(to, response, *streamed);
    }
    write_head(to, response, framing, size.value_or(0));
    Outgoing const all{head_text_, has_body ? text : std::string_view()};
    co_return co_await send(all);
}

// The head leaves with the first piece: while nothing has left, a failure can still be told.
Task<bool> HttpConnection::send_sized(ReplyTo const& to, ServerResponse& response,
                                      StreamedBody& body) {
    auto remaining = *body.size_bytes;
    write_head(to, response, BodyFraming::length, remaining);
    std::string_view head = head_text_;
    std::vector<std::byte> buffer(
        remaining > small_stream_buffer_bytes ? stream_buffer_bytes : small_stream_buffer_bytes);
    while (remaining > 0) {
        auto const wanted = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(remaining, buffer.size())));
        auto const got = co_await read_source(*body.source, wanted);
        if (!got || *got == 0) {
            if (head.empty()) {
                if (!got) surroundings_.handler.note_broken_answer(got.error(), to.id);
                co_return false;
            }
            auto const failed = refusal_for(ErrorCode::unexpected_error,
                                            "The content ended before its announced length.");
            auto instead =
                refusal(got ? failed : Refusal{.error = got.error(), .status = {}}, to.id);
            co_return co_await send_response(to, instead);
        }
        Outgoing const piece{head, text_of(wanted.first(*got))};
        auto const was_sent = co_await send(piece);
        if (!was_sent) co_return false;
        head = {};
        remaining -= *got;
    }
    if (head.empty()) co_return true;
    Outgoing const head_only{head};
    co_return co_await send(head_only);
}

// The head leaves at once: such a source may be a stream of events that takes its time.
Task<bool> HttpConnection::send_unsized(ReplyTo const& to, ServerResponse& response,
                                        StreamedBody& body) {
    auto const framing = choose_framing(response.status, to.version, false);
    auto const is_chunked = framing == BodyFraming::chunked;
    write_head(to, response, framing, 0);
    Outgoing const head_only{head_text_};
    auto was_sent = co_await send(head_only);
    std::vector<std::byte> buffer(small_stream_buffer_bytes);
    while (was_sent) {
        auto const got = co_await read_source(*body.source, buffer);
        if (!got) {
            // Without chunks only a reset tells the client that this is not the end.
            if (!is_chunked) stream_.reset_on_close();
            co_return false;
        }
        if (*got == 0) break;
        auto const data = text_of(std::span(buffer).first(*got));
        auto const chunk = is_chunked ? chunk_head(data.size()) : std::string();
        Outgoing const piece{chunk, data, is_chunked ? "\r\n" : ""};
        was_sent = co_await send(piece);
    }
    if (!was_sent || !is_chunked) co_return was_sent;
    Outgoing const last_chunk{"0\r\n\r\n"};
    co_return co_await send(last_chunk);
}

void HttpConnection::write_head(ReplyTo const& to, ServerResponse const& response,
                                BodyFraming framing, std::uint64_t content_length) {
    head_text_.clear();
    append_response_head(head_text_,
                         {.status = response.status,
                          .headers = response.headers,
                          .version = to.version,
                          .framing = framing,
                          .content_length = content_length,
                          .keeps_alive = to.keeps_alive,
                          .date = surroundings_.date.at(surroundings_.loop.clock().wall_now()),
                          .request_id = to.id.text()});
}

Task<bool> HttpConnection::send(Outgoing outgoing) {
    return stream_.send(outgoing, pace_);
}

Task<void> HttpConnection::linger() {
    stream_.shut_down_writing();
    auto const deadline = stream_.now() + linger_time_max;
    auto const bytes_max = stream_.is_tls() ? tls_linger_bytes_max : linger_bytes_max;
    std::uint64_t dropped = 0;
    while (dropped < bytes_max && stream_.now() < deadline) {
        auto const got = stream_.drop(linger_drop_bytes);
        dropped += got.bytes;
        if (got.status == IoStatus::would_block) {
            auto const end =
                co_await stream_.wait_readable(std::min(deadline, stream_.now() + linger_idle_max));
            if (end == WaitEnd::timed_out) co_return;
        } else if (got.status != IoStatus::done) {
            co_return;
        } else if (stream_.is_greedy()) {
            co_await stream_.pause();
        }
    }
}

}  // namespace filegate::net
