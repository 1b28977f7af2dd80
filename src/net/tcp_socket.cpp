#include "net/tcp_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "base/check.hpp"

namespace filegate::net {
namespace {

namespace asio = boost::asio;
// Named by the concrete executor: the type-erased default costs an indirect call and a copy a wait.
using AsioDescriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

template <class Call>
ssize_t retry_interrupted(Call call) {
    while (true) {
        auto const answer = call();
        if (answer >= 0 || errno != EINTR) return answer;
    }
}

IoResult result_of(ssize_t answer) {
    if (answer >= 0) return {.status = IoStatus::done, .bytes = static_cast<std::size_t>(answer)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {.status = IoStatus::would_block};
    return {.status = IoStatus::failed};
}

IoResult received(ssize_t answer) {
    return answer == 0 ? IoResult{.status = IoStatus::closed} : result_of(answer);
}

IoResult received_by_asio(boost::system::error_code failed, std::size_t bytes) {
    if (!failed) return {.status = IoStatus::done, .bytes = bytes};
    if (failed == asio::error::eof) return {.status = IoStatus::closed};
    if (failed == asio::error::operation_aborted) return {.status = IoStatus::would_block};
    return {.status = IoStatus::failed};
}

}  // namespace

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
}

Outgoing::Outgoing(std::initializer_list<std::string_view> pieces) {
    FG_CHECK(pieces.size() <= pieces_.size(), "at most four pieces leave at once");
    for (auto const piece : pieces) {
        if (piece.empty()) continue;
        // iovec wants a mutable pointer; sending never writes through it.
        pieces_[end_++] = {const_cast<char*>(piece.data()), piece.size()};
    }
}

void Outgoing::advance(std::size_t sent) {
    while (sent > 0) {
        auto& piece = pieces_[first_];
        auto const taken = std::min(sent, piece.iov_len);
        piece.iov_base = static_cast<char*>(piece.iov_base) + taken;
        piece.iov_len -= taken;
        sent -= taken;
        if (piece.iov_len == 0) ++first_;
    }
}

struct TcpSocket::Descriptor {
    AsioDescriptor asio;
};

TcpSocket::TcpSocket(Loop& loop, UniqueFd fd)
    : descriptor_(std::make_unique<Descriptor>(AsioDescriptor(loop.io_context()))), fd_(-1) {
    boost::system::error_code failed;
    descriptor_->asio.assign(fd.get(), failed);
    // What epoll refuses (its watches are limited) is closed here, and every call then fails.
    fd_ = failed ? -1 : fd.release();
}

TcpSocket::~TcpSocket() {
    FG_CHECK(waiting_ == nullptr, "nobody waits on a socket that goes");
}

IoResult TcpSocket::receive(std::span<std::byte> into) {
    return received(retry_interrupted([&] { return ::recv(fd_, into.data(), into.size(), 0); }));
}

IoResult TcpSocket::peek(std::span<std::byte> into) {
    return received(
        retry_interrupted([&] { return ::recv(fd_, into.data(), into.size(), MSG_PEEK); }));
}

IoResult TcpSocket::drop(std::size_t bytes_max) {
    // MSG_TRUNC lets Linux throw the bytes of a TCP stream away without copying them.
    return received(retry_interrupted([&] { return ::recv(fd_, nullptr, bytes_max, MSG_TRUNC); }));
}

IoResult TcpSocket::send(Outgoing& outgoing) {
    msghdr message{};
    auto const pieces = outgoing.pieces();
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    auto const result =
        result_of(retry_interrupted([&] { return ::sendmsg(fd_, &message, MSG_NOSIGNAL); }));
    if (result.status == IoStatus::done) outgoing.advance(result.bytes);
    return result;
}

std::size_t TcpSocket::unacknowledged_bytes() const {
    int bytes = 0;
    return ::ioctl(fd_, TIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

void TcpSocket::shut_down_writing() {
    ::shutdown(fd_, SHUT_WR);
}

void TcpSocket::reset_on_close() {
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

TcpSocket::Wait TcpSocket::wait(Direction direction, Deadline deadline) {
    return {*this, direction, deadline};
}

TcpSocket::WaitToReceive TcpSocket::wait_to_receive(std::span<std::byte> into, Deadline deadline) {
    FG_CHECK(!into.empty(), "bytes are received into something");
    return {*this, into, deadline};
}

void TcpSocket::expire(MonotonicTime now) {
    if (waiting_ != nullptr && waiting_->deadline_ <= now) end_wait(WaitEnd::timed_out);
}

void TcpSocket::wake() {
    end_wait(WaitEnd::woken);
}

void TcpSocket::start_wait(PendingWait& wait) {
    FG_CHECK(waiting_ == nullptr, "one wait at a time");
    waiting_ = &wait;
    auto& asio_descriptor = descriptor_->asio;
    if (!wait.into_.empty()) {
        asio_descriptor.async_read_some(
            asio::mutable_buffer(wait.into_.data(), wait.into_.size()),
            [&wait](boost::system::error_code failed, std::size_t bytes) {
                wait.finish(received_by_asio(failed, bytes));
            });
        return;
    }
    auto const kind = wait.direction_ == Direction::readable ? AsioDescriptor::wait_read
                                                             : AsioDescriptor::wait_write;
    // A failed wait ends as ready too: the next call then meets the error itself.
    asio_descriptor.async_wait(kind, [&wait](boost::system::error_code) { wait.finish({}); });
}

// The coroutine goes on when Asio has given the wait back, not before: its frame holds the wait.
void TcpSocket::end_wait(WaitEnd end) {
    if (waiting_ == nullptr) return;
    waiting_->reception_.end = end;
    boost::system::error_code ignored;
    descriptor_->asio.cancel(ignored);
}

bool TcpSocket::PendingWait::suspend(std::coroutine_handle<> waiter, TaskContext& context) {
    context_ = &context;
    if (context.is_cancelled()) return false;
    waiter_ = waiter;
    context.enter(this);
    socket_.start_wait(*this);
    return true;
}

void TcpSocket::PendingWait::finish(IoResult result) {
    // Bytes that came just before the wait was ended are not lost.
    if (result.bytes > 0) reception_.end = WaitEnd::ready;
    reception_.result = result;
    socket_.waiting_ = nullptr;
    waiter_.resume();
}

Reception TcpSocket::PendingWait::resume() {
    context_->leave();
    context_->throw_if_cancelled();
    return reception_;
}

}  // namespace filegate::net
