#include "net/connection_stream.hpp"

#include <cstring>

#include "base/check.hpp"

namespace filegate::net {
namespace {

// Enough for the head of nearly every request; ten thousand idle connections hold 40 MiB of it.
constexpr std::size_t first_capacity = 4096;

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

IoResult ConnectionStream::fill(std::size_t bytes_max) {
    auto const space = input_.space(bytes_max);
    FG_CHECK(!space.empty(), "what fills the buffer is taken out before more is asked for");
    auto const result = receive(space);
    input_.grow_by(result.bytes);
    return result;
}

Task<Reception> ConnectionStream::fill_when_ready(std::size_t bytes_max, Deadline deadline) {
    start_turn();
    auto const space = input_.space(bytes_max);
    auto const got = co_await socket_.wait_to_receive(space, deadline);
    input_.grow_by(got.result.bytes);
    co_return got;
}

IoResult ConnectionStream::receive(std::span<std::byte> into) {
    return counted(socket_.receive(into));
}

Task<bool> ConnectionStream::send(Outgoing outgoing, seconds idle_timeout) {
    if (is_greedy()) co_await pause();
    while (!outgoing.is_empty()) {
        auto const result = counted(socket_.send(outgoing));
        if (result.status == IoStatus::done) continue;
        if (result.status != IoStatus::would_block) co_return false;
        start_turn();
        auto const end = co_await socket_.wait(Direction::writable, now() + idle_timeout);
        if (end == WaitEnd::timed_out) co_return false;
    }
    co_return true;
}

IoResult ConnectionStream::drop(std::size_t bytes_max) {
    return counted(socket_.drop(bytes_max));
}

Task<void> ConnectionStream::pause() {
    start_turn();
    Completion<> next_turn;
    loop_.post([&next_turn] { next_turn.complete(); });
    co_await next_turn;
}

TcpSocket::Wait ConnectionStream::wait_readable(Deadline deadline) {
    start_turn();
    return socket_.wait(Direction::readable, deadline);
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
