#include "net/connection_stream.hpp"

#include <cstring>

#include "base/check.hpp"

namespace filegate::net {
namespace {

// Enough for the head of nearly every request; ten thousand idle connections hold 40 MiB of it.
constexpr std::size_t first_capacity = 4096;

// With this a TLS client begins (RFC 8446 section 5.1); no request in clear ever does.
constexpr std::byte handshake_record{22};

}  // namespace

void InputBuffer::consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::span<std::byte> InputBuffer::space(std::size_t bytes_max) {
    if (begin_ > 0 && capacity_ - end_ < begin_) move_to(capacity_, 0);
    if (end_ == capacity_ && capacity_ < bytes_max) {
        move_to(std::min(bytes_max, std::max(first_capacity, capacity_ * 2)), 0);
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::put_back(std::span<std::byte const> bytes) {
    if (bytes.empty()) return;
    if (begin_ < bytes.size()) {
        move_to(std::max(capacity_, size() + bytes.size()), bytes.size());
    }
    begin_ -= bytes.size();
    std::memcpy(bytes_.get() + begin_, bytes.data(), bytes.size());
}

// Moves what is there so that it begins at `begin` of a buffer of that capacity.
void InputBuffer::move_to(std::size_t capacity, std::size_t begin) {
    auto const kept = size();
    if (capacity == capacity_) {
        std::memmove(bytes_.get() + begin, bytes_.get() + begin_, kept);
    } else {
        auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
        if (kept > 0) std::memcpy(larger.get() + begin, bytes_.get() + begin_, kept);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }
    begin_ = begin;
    end_ = begin + kept;
}

Task<Handshake> ConnectionStream::start_tls(TlsIdentity const& identity, Deadline deadline) {
    auto const is_spoken = co_await is_tls_spoken(deadline);
    if (!is_spoken) co_return Handshake::failed;
    if (!*is_spoken) co_return Handshake::plain_text;
    tls_.emplace(identity, socket_);
    while (true) {
        auto const result = counted(tls_->shake_hands());
        if (result.status == IoStatus::done) co_return Handshake::done;
        if (result.status != IoStatus::would_block) co_return Handshake::failed;
        start_turn();
        auto const end = co_await socket_.wait(tls_->wanted(), deadline);
        if (end != WaitEnd::ready) co_return Handshake::failed;
    }
}

// None: the client said nothing in time, or went away.
Task<std::optional<bool>> ConnectionStream::is_tls_spoken(Deadline deadline) {
    while (true) {
        std::byte first{};
        auto const result = counted(socket_.peek(std::span(&first, 1)));
        if (result.status == IoStatus::done) co_return first == handshake_record;
        if (result.status != IoStatus::would_block) co_return std::nullopt;
        start_turn();
        auto const end = co_await socket_.wait(Direction::readable, deadline);
        if (end != WaitEnd::ready) co_return std::nullopt;
    }
}

IoResult ConnectionStream::fill(std::size_t bytes_max) {
    auto const space = input_.space(bytes_max);
    FG_CHECK(!space.empty(), "what fills the buffer is taken out before more is asked for");
    auto const result = receive(space);
    input_.grow_by(result.bytes);
    return result;
}

Task<Reception> ConnectionStream::fill_when_ready(std::size_t bytes_max, Deadline deadline) {
    if (tls_) co_return co_await fill_from_tls(bytes_max, deadline);
    start_turn();
    auto const space = input_.space(bytes_max);
    auto const got = co_await socket_.wait_to_receive(space, deadline);
    input_.grow_by(got.result.bytes);
    co_return got;
}

// What OpenSSL has read already makes no socket readable, and what makes it readable may be no
// whole record: so it is asked first, and again after each wait.
Task<Reception> ConnectionStream::fill_from_tls(std::size_t bytes_max, Deadline deadline) {
    while (true) {
        auto const result = fill(bytes_max);
        if (result.status != IoStatus::would_block) co_return Reception{.result = result};
        start_turn();
        auto const end = co_await socket_.wait(tls_->wanted(), deadline);
        if (end != WaitEnd::ready) co_return Reception{.end = end, .result = result};
    }
}

IoResult ConnectionStream::receive(std::span<std::byte> into) {
    return counted(tls_ ? tls_->receive(into) : socket_.receive(into));
}

Task<bool> ConnectionStream::send(Outgoing outgoing, Pace& pace) {
    if (is_greedy()) co_await pause();
    while (!outgoing.is_empty()) {
        auto const result = counted(tls_ ? tls_->send(outgoing) : socket_.send(outgoing));
        pace.moved(result.bytes);
        if (result.status == IoStatus::done) continue;
        if (result.status != IoStatus::would_block) co_return false;
        if (pace.is_too_slow()) co_return false;
        start_turn();
        auto const since = now();
        auto const unread_bytes = socket_.unacknowledged_bytes();
        auto const end =
            co_await socket_.wait(to_wait_for(Direction::writable), since + pace.idle_max());
        pace.waited(since, now());
        // "Writable" comes when megabytes have left; a client that takes few at a time takes all
        // the same.
        auto const has_taken_some = socket_.unacknowledged_bytes() < unread_bytes;
        if (end == WaitEnd::timed_out && !has_taken_some) co_return false;
    }
    co_return true;
}

void ConnectionStream::shut_down_writing() {
    say_end();
    socket_.shut_down_writing();
}

void ConnectionStream::reset_on_close() {
    is_to_be_reset_ = true;
    socket_.reset_on_close();
}

void ConnectionStream::say_end() {
    if (tls_ && !is_to_be_reset_) tls_->say_end();
}

IoResult ConnectionStream::drop(std::size_t bytes_max) {
    return counted(tls_ ? tls_->drop(bytes_max) : socket_.drop(bytes_max));
}

Task<void> ConnectionStream::pause() {
    start_turn();
    Completion<> next_turn;
    loop_.post([&next_turn] { next_turn.complete(); });
    co_await next_turn;
}

TcpSocket::Wait ConnectionStream::wait_readable(Deadline deadline) {
    start_turn();
    return socket_.wait(to_wait_for(Direction::readable), deadline);
}

void ConnectionStream::start_turn() {
    turn_bytes_ = 0;
    turn_calls_ = 0;
}

IoResult ConnectionStream::counted(IoResult result) {
    turn_bytes_ += result.bytes;
    ++turn_calls_;
    return result;
}

}  // namespace filegate::net
