#pragma once
// A TCP socket, listening or connected, non-blocking, on one loop. Calls go to the kernel first;
// only what would block is waited for, and a wait ends when the kernel is ready, when expire()
// finds its deadline passed, when woken, or by cancellation. One wait at a time; the loop's own
// thread only.

#include <sys/uio.h>

#include "base/deadline.hpp"
#include "base/task.hpp"
#include "net/loop.hpp"

namespace filegate::net {

// Owns a file descriptor.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

// Up to four pieces that leave in one system call. Views: the bytes belong to whoever sends.
class Outgoing {
public:
    Outgoing(std::initializer_list<std::string_view> pieces);

    bool is_empty() const { return first_ == end_; }
    std::span<iovec> pieces() { return std::span(pieces_).subspan(first_, end_ - first_); }
    void advance(std::size_t sent);

private:
    std::array<iovec, 4> pieces_{};
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

enum class IoStatus : std::uint8_t {
    done,
    would_block,
    closed,  // receive: the peer will send no more
    failed,  // the connection is gone: reset, timed out
};

struct IoResult {
    IoStatus status = IoStatus::done;
    std::size_t bytes = 0;
};

enum class Direction : std::uint8_t { readable, writable };
enum class WaitEnd : std::uint8_t { ready, timed_out, woken };

// What a wait for bytes came to: `result` says would_block unless it ended as ready.
struct Reception {
    WaitEnd end = WaitEnd::ready;
    IoResult result;
};

class TcpSocket {
public:
    class PendingWait;
    class Wait;
    class WaitToReceive;

    TcpSocket(Loop& loop, UniqueFd fd);
    ~TcpSocket();
    TcpSocket(TcpSocket const&) = delete;
    TcpSocket& operator=(TcpSocket const&) = delete;

    int native() const { return fd_; }
    IoResult receive(std::span<std::byte> into);
    IoResult peek(std::span<std::byte> into);  // leaves what came where it is
    IoResult drop(std::size_t bytes_max);      // receives without copying the bytes anywhere
    IoResult send(Outgoing& outgoing);         // takes off what was sent
    std::size_t unacknowledged_bytes() const;  // sent from here, not yet taken by the peer's kernel
    void shut_down_writing();
    void reset_on_close();  // the peer is to see an error, not an end

    Wait wait(Direction direction, Deadline deadline);  // co_await: WaitEnd
    // co_await: Reception. Two system calls cheaper than to wait and receive then, but `into` is
    // taken for as long as the wait lasts.
    WaitToReceive wait_to_receive(std::span<std::byte> into, Deadline deadline);

    void expire(MonotonicTime now);  // ends a wait whose deadline has passed
    void wake();                     // ends a wait

private:
    struct Descriptor;

    void start_wait(PendingWait& wait);
    void end_wait(WaitEnd end);

    std::unique_ptr<Descriptor> descriptor_;
    int fd_;
    PendingWait* waiting_ = nullptr;
};

// The awaitables; they live in the frame of the coroutine that waits.
class TcpSocket::PendingWait : public Interruptible {
public:
    PendingWait(PendingWait const&) = delete;
    PendingWait& operator=(PendingWait const&) = delete;

    bool await_ready() const noexcept { return false; }
    template <std::derived_from<PromiseBase> P>
    bool await_suspend(std::coroutine_handle<P> waiter) {
        return suspend(waiter, waiter.promise().context());
    }

protected:
    PendingWait(TcpSocket& socket, Direction direction, std::span<std::byte> into,
                Deadline deadline)
        : socket_(socket), direction_(direction), into_(into), deadline_(deadline) {}
    ~PendingWait() = default;

    Reception resume();  // throws when cancelled

private:
    friend class TcpSocket;

    bool suspend(std::coroutine_handle<> waiter, TaskContext& context);
    void interrupt() override { socket_.end_wait(WaitEnd::woken); }
    void finish(IoResult result);

    TcpSocket& socket_;
    Direction direction_;
    std::span<std::byte> into_;  // empty: only wait
    Deadline deadline_;
    Reception reception_;
    std::coroutine_handle<> waiter_;
    TaskContext* context_ = nullptr;
};

class TcpSocket::Wait final : public PendingWait {
public:
    Wait(TcpSocket& socket, Direction direction, Deadline deadline)
        : PendingWait(socket, direction, {}, deadline) {}
    WaitEnd await_resume() { return resume().end; }
};

class TcpSocket::WaitToReceive final : public PendingWait {
public:
    WaitToReceive(TcpSocket& socket, std::span<std::byte> into, Deadline deadline)
        : PendingWait(socket, Direction::readable, into, deadline) {}
    Reception await_resume() { return resume(); }
};

}  // namespace filegate::net
