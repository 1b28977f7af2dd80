#include "net/request_body.hpp"

#include <cstring>

#include "base/check.hpp"

namespace filegate::net {
namespace {

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

// How far a read may run past the current chunk: what then belongs to the next request has to be
// kept, and moving a few KiB over the framing costs less than another system call.
constexpr std::size_t overshoot_bytes_max = 16 * 1024;
constexpr std::size_t discard_buffer_bytes = 64 * 1024;

}  // namespace

RequestBody::RequestBody(ConnectionStream& stream, RequestHead const& head, PaceLimits limits)
    : stream_(stream),
      remaining_(head.content_length.value_or(0)),
      pace_(limits),
      is_chunked_(head.is_chunked),
      owes_continue_(head.expects_continue && !has_ended()) {}

Task<Result<std::size_t>> RequestBody::read(std::span<std::byte> into) {
    FG_CHECK(!into.empty(), "a body is read into something");
    if (failure_) co_return fail(*failure_);
    if (has_ended()) co_return 0;
    // A client that sends without waiting needs no answer any more (RFC 9110 section 10.1.1).
    if (std::exchange(owes_continue_, false) && stream_.input().is_empty()) {
        Pace pace({.idle_max = pace_.idle_max()});
        Outgoing const go_on{continue_answer};
        auto const was_sent = co_await stream_.send(go_on, pace);
        if (!was_sent) co_return spend(IoStatus::failed);
    }
    if (stream_.is_greedy()) co_await stream_.pause();
    while (true) {
        auto const taken = take(into);
        if (!taken) co_return fail(taken.error());
        if (*taken) co_return **taken;
        // Judged by what has come, not before it is taken.
        if (pace_.is_too_slow()) co_return spend_slow();
        auto const since = stream_.now();
        auto const end = co_await stream_.wait_readable(since + pace_.idle_max());
        pace_.waited(since, stream_.now());
        if (end == WaitEnd::timed_out) co_return spend_idle();
    }
}

bool RequestBody::has_ended() const {
    return is_chunked_ ? decoder_.is_done() : remaining_ == 0;
}

Task<bool> RequestBody::discard(std::uint64_t bytes_max) {
    std::vector<std::byte> scratch(discard_buffer_bytes);
    std::uint64_t dropped = 0;
    while (dropped <= bytes_max) {
        auto const got = co_await read(scratch);
        if (!got) co_return false;
        if (*got == 0) co_return true;
        dropped += *got;
    }
    co_return false;
}

void RequestBody::discard_what_came(std::uint64_t bytes_max) {
    std::vector<std::byte> scratch(discard_buffer_bytes);
    std::uint64_t dropped = 0;
    while (!has_ended() && dropped <= bytes_max) {
        auto const got = take(scratch);
        if (!got || !*got) return;
        dropped += **got;
    }
}

RequestBody::Taken RequestBody::take(std::span<std::byte> into) {
    auto taken = is_chunked_ ? take_chunked(into) : take_counted(into);
    if (taken && *taken) {
        received_ += **taken;
        pace_.moved(**taken);
    }
    return taken;
}

RequestBody::Taken RequestBody::take_counted(std::span<std::byte> into) {
    auto wanted =
        into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), remaining_)));
    if (!stream_.input().is_empty()) {
        wanted = copy_input(wanted);
        stream_.input().consume(wanted.size());
        remaining_ -= wanted.size();
        return wanted.size();
    }
    auto const got = stream_.receive(wanted);
    if (got.status == IoStatus::would_block) return std::nullopt;
    if (got.status != IoStatus::done) return spend(got.status);
    remaining_ -= got.bytes;
    return got.bytes;
}

// Framing is taken out in place, in the reader's own buffer.
RequestBody::Taken RequestBody::take_chunked(std::span<std::byte> into) {
    while (true) {
        auto const is_buffered = !stream_.input().is_empty();
        auto raw = into;
        if (is_buffered) {
            raw = copy_input(into);
        } else {
            auto const ahead = std::min<std::uint64_t>(decoder_.data_bytes_ahead(), into.size()) +
                               overshoot_bytes_max;
            raw = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), ahead)));
            auto const got = stream_.receive(raw);
            if (got.status == IoStatus::would_block) return std::nullopt;
            if (got.status != IoStatus::done) return spend(got.status);
            raw = raw.first(got.bytes);
        }
        auto const step = decoder_.decode(raw);
        if (!step) {
            failure_ = step.error();
            return fail(*failure_);
        }
        if (is_buffered) {
            stream_.input().consume(step->consumed);
        } else {
            stream_.input().put_back(raw.subspan(step->consumed));
        }
        if (step->produced > 0 || decoder_.is_done()) return step->produced;
    }
}

// Copies, and does not consume yet, what is buffered.
std::span<std::byte> RequestBody::copy_input(std::span<std::byte> into) {
    auto const& input = stream_.input();
    auto const copied = into.first(std::min(into.size(), input.size()));
    std::memcpy(copied.data(), input.text().data(), copied.size());
    return copied;
}

std::unexpected<Error> RequestBody::spend(ErrorCode code, std::string message) {
    failure_ = Error{.code = code, .message = std::move(message)};
    return fail(*failure_);
}

std::unexpected<Error> RequestBody::spend_idle() {
    return spend(ErrorCode::request_timeout,
                 fmt::format("No byte of the body came for {} s, after {} bytes. Send it again "
                             "without pauses.",
                             pace_.idle_max().count(), received_));
}

std::unexpected<Error> RequestBody::spend_slow() {
    return spend(
        ErrorCode::request_timeout,
        fmt::format("The body came slower than {} bytes a second, {} bytes so far. Send it "
                    "again over a faster connection, or in smaller files.",
                    pace_.bytes_per_second_min(), received_));
}

std::unexpected<Error> RequestBody::spend(IoStatus status) {
    if (status == IoStatus::closed) {
        auto const missing = is_chunked_ ? std::string("before its last chunk")
                                         : fmt::format("{} short", remaining_);
        return spend(ErrorCode::body_truncated,
                     fmt::format("The body ended after {} bytes, {}. Send the request again.",
                                 received_, missing));
    }
    return spend(
        ErrorCode::cancelled_by_client,
        fmt::format("The client closed the connection after {} bytes of the body.", received_));
}

}  // namespace filegate::net
