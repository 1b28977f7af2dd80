#include "net/tls_session.hpp"

#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t record_bytes_max = SSL3_RT_MAX_PLAIN_LENGTH;

// OpenSSL's view of our socket. Its own socket BIO writes in a way that raises SIGPIPE.
TcpSocket& socket_of(BIO* bio) {
    return *static_cast<TcpSocket*>(BIO_get_data(bio));
}

int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    auto const got = socket_of(bio).receive(std::as_writable_bytes(std::span(into, size)));
    *count = got.bytes;
    if (got.status == IoStatus::would_block) BIO_set_retry_read(bio);
    if (got.status == IoStatus::closed) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return got.status == IoStatus::done ? 1 : 0;
}

int bio_write(BIO* bio, char const* bytes, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    Outgoing outgoing{std::string_view(bytes, size)};
    auto const sent = socket_of(bio).send(outgoing);
    *count = sent.bytes;
    if (sent.status == IoStatus::would_block) BIO_set_retry_write(bio);
    return sent.status == IoStatus::done ? 1 : 0;
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;  // nothing is held back
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

BIO_METHOD* make_method() {
    auto* const method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "filegate socket");
    FG_CHECK(method != nullptr, "OpenSSL has memory for a method");
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

// One for the process; what connections still use is never freed.
BIO_METHOD* socket_method() {
    static auto* const method = make_method();
    return method;
}

}  // namespace

TlsSession::TlsSession(TlsIdentity const& identity, TcpSocket& socket)
    : session_(identity.new_session()) {
    auto* const bio = BIO_new(socket_method());
    FG_CHECK(bio != nullptr, "OpenSSL has memory for a connection");
    BIO_set_data(bio, &socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(session_.get(), bio, bio);
    SSL_set_accept_state(session_.get());
}

IoResult TlsSession::shake_hands() {
    ERR_clear_error();
    return result_of(SSL_do_handshake(session_.get()), 0);
}

IoResult TlsSession::receive(std::span<std::byte> into) {
    std::size_t total = 0;
    while (total < into.size()) {
        ERR_clear_error();
        std::size_t count = 0;
        auto const answer =
            SSL_read_ex(session_.get(), into.data() + total, into.size() - total, &count);
        auto const result = result_of(answer, count);
        // What ends it after some bytes shows again when nothing is left to give.
        if (result.status != IoStatus::done) return total > 0 ? IoResult{.bytes = total} : result;
        total += count;
        // Another call is worth its system call when more has come already, or is likely to have.
        if (count < record_bytes_max && SSL_has_pending(session_.get()) == 0) break;
    }
    return {.bytes = total};
}

IoResult TlsSession::drop(std::size_t bytes_max) {
    std::array<std::byte, record_bytes_max> scratch;
    return receive(std::span(scratch).first(std::min(bytes_max, scratch.size())));
}

IoResult TlsSession::send(Outgoing& outgoing) {
    auto const pieces = outgoing.pieces();
    std::array<char, record_bytes_max> record;
    auto const* text = static_cast<char const*>(pieces[0].iov_base);
    auto size = pieces[0].iov_len;
    // A head and the beginning of its body share a record, and so a packet.
    if (pieces.size() > 1 && size < record.size()) {
        size = 0;
        for (auto const& piece : pieces) {
            auto const taken = std::min(piece.iov_len, record.size() - size);
            std::memcpy(record.data() + size, piece.iov_base, taken);
            size += taken;
        }
        text = record.data();
    }
    ERR_clear_error();
    std::size_t sent = 0;
    auto const result = result_of(SSL_write_ex(session_.get(), text, size, &sent), sent);
    if (result.status == IoStatus::done) outgoing.advance(sent);
    return result;
}

void TlsSession::say_end() {
    if (has_failed_ || SSL_is_init_finished(session_.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(session_.get());
}

IoResult TlsSession::result_of(int answer, std::size_t bytes) {
    if (answer > 0) return {.status = IoStatus::done, .bytes = bytes};
    switch (SSL_get_error(session_.get(), answer)) {
        case SSL_ERROR_WANT_READ:
            wanted_ = Direction::readable;
            return {.status = IoStatus::would_block};
        case SSL_ERROR_WANT_WRITE:
            wanted_ = Direction::writable;
            return {.status = IoStatus::would_block};
        case SSL_ERROR_ZERO_RETURN:
            return {.status = IoStatus::closed};
        default:
            // After this OpenSSL allows no further call, not even a goodbye.
            has_failed_ = true;
            return {.status = IoStatus::failed};
    }
}

}  // namespace filegate::net
