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

class TcpSocket {
public:
    class Wait;

    TcpSocket(Loop& loop, UniqueFd fd);
    ~TcpSocket();
    TcpSocket(TcpSocket const&) = delete;
    TcpSocket& operator=(TcpSocket const&) = delete;

    int native() const { return fd_; }
    IoResult receive(std::span<std::byte> into);
    IoResult drop(std::size_t bytes_max);  // receives without copying the bytes anywhere
    IoResult send(Outgoing& outgoing);     // takes off what was sent
    void shut_down_writing();
    void reset_on_close();  // the peer is to see an error, not an end

    Wait wait(Direction direction, Deadline deadline);  // co_await: WaitEnd
    void expire(MonotonicTime now);                     // ends a wait whose deadline has passed
    void wake();                                        // ends a wait

private:
    struct Descriptor;

    void start_wait(Wait& wait);
    void end_wait(WaitEnd end);

    std::unique_ptr<Descriptor> descriptor_;
    int fd_;
    Wait* waiting_ = nullptr;
};

class TcpSocket::Wait final : public Interruptible {
public:
    Wait(TcpSocket& socket, Direction direction, Deadline deadline)
        : socket_(socket), direction_(direction), deadline_(deadline) {}
    Wait(Wait const&) = delete;
    Wait& operator=(Wait const&) = delete;

    bool await_ready() const noexcept { return false; }
    template <std::derived_from<PromiseBase> P>
    bool await_suspend(std::coroutine_handle<P> waiter) {
        return suspend(waiter, waiter.promise().context());
    }
    WaitEnd await_resume();

private:
    friend class TcpSocket;

    bool suspend(std::coroutine_handle<> waiter, TaskContext& context);
    void interrupt() override { socket_.end_wait(WaitEnd::woken); }
    void finish();

    TcpSocket& socket_;
    Direction direction_;
    Deadline deadline_;
    WaitEnd end_ = WaitEnd::ready;
    std::coroutine_handle<> waiter_;
    TaskContext* context_ = nullptr;
};

}  // namespace filegate::net
