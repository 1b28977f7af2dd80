#pragma once
// The bytes of one connection in both directions: a small buffer for what is parsed, and a way past
// it for what is not. In clear or, after start_tls(), in TLS: one branch a system call. Sees to it
// that a connection whose bytes never run out lets others have their turn.

#include "net/pace.hpp"
#include "net/tls_session.hpp"

namespace filegate::net {

// Bytes that came but are not used yet.
class InputBuffer {
public:
    std::string_view text() const { return {data() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool is_empty() const { return begin_ == end_; }
    void consume(std::size_t bytes);

    // At least one free byte behind what is there, unless it already holds `bytes_max`.
    std::span<std::byte> space(std::size_t bytes_max);
    void grow_by(std::size_t bytes) { end_ += bytes; }
    void put_back(std::span<std::byte const> bytes);  // in front of what is there

private:
    char const* data() const { return reinterpret_cast<char const*>(bytes_.get()); }
    void move_to(std::size_t capacity, std::size_t begin);

    std::unique_ptr<std::byte[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

enum class Handshake : std::uint8_t {
    done,
    plain_text,  // the client speaks no TLS: it can be told so in clear
    failed,      // or took too long, or was woken: the connection is of no use
};

class ConnectionStream {
public:
    ConnectionStream(Loop& loop, UniqueFd fd) : loop_(loop), socket_(loop, std::move(fd)) {}

    InputBuffer& input() { return input_; }
    void expire(MonotonicTime now) { socket_.expire(now); }
    void wake() { socket_.wake(); }
    bool is_tls() const { return tls_.has_value(); }
    MonotonicTime now() const { return loop_.clock().monotonic_now(); }

    // At most once, before any byte is moved. `identity` is needed for the call only.
    Task<Handshake> start_tls(TlsIdentity const& identity, Deadline deadline);

    // Receive into input(), which holds at most `bytes_max` then; the second waits for bytes.
    IoResult fill(std::size_t bytes_max);
    Task<Reception> fill_when_ready(std::size_t bytes_max, Deadline deadline);
    IoResult receive(std::span<std::byte> into);
    IoResult drop(std::size_t bytes_max);
    TcpSocket::Wait wait_readable(Deadline deadline);

    // False when the peer is gone, or takes the bytes slower than `pace` allows. The pieces must
    // live until the call has returned. Pauses first when greedy.
    Task<bool> send(Outgoing outgoing, Pace& pace);

    void shut_down_writing();
    void reset_on_close();  // the peer is to see an error, not an end
    void say_end();         // in TLS only its goodbye tells an end from a cut

    // True when this connection has had its share; then pause() lets the others run.
    bool is_greedy() const { return turn_bytes_ > turn_bytes_max || turn_calls_ > turn_calls_max; }
    Task<void> pause();

private:
    static constexpr std::size_t turn_bytes_max = 2 << 20;
    static constexpr unsigned turn_calls_max = 64;

    Task<Reception> fill_from_tls(std::size_t bytes_max, Deadline deadline);
    Task<std::optional<bool>> is_tls_spoken(Deadline deadline);
    Direction to_wait_for(Direction plain) const { return tls_ ? tls_->wanted() : plain; }
    void start_turn();
    IoResult counted(IoResult result);

    Loop& loop_;
    TcpSocket socket_;
    std::optional<TlsSession> tls_;
    bool is_to_be_reset_ = false;
    InputBuffer input_;
    std::size_t turn_bytes_ = 0;
    unsigned turn_calls_ = 0;
};

}  // namespace filegate::net
