#include "net/tls_fixture.hpp"

#include <netinet/in.h>

namespace filegate::net {
namespace {

int connected_socket(std::uint16_t port) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval const patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FG_CHECK(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
             "a test's server listens");
    return fd;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, std::string const& ca_file, Options const& options)
    : socket_(connected_socket(port)), context_(SSL_CTX_new(TLS_client_method())) {
    auto* const context = context_.get();
    // OpenSSL's own socket writes raise SIGPIPE, which would end the test.
    ::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_security_level(context, 0);  // else OpenSSL knows nothing before 1.2
    SSL_CTX_set_min_proto_version(context, options.version_min);
    SSL_CTX_set_max_proto_version(context, options.version_max);
    if (!ca_file.empty()) {
        SSL_CTX_load_verify_file(context, ca_file.c_str());
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    tls_.reset(SSL_new(context));
    if (!options.alpn.empty()) {
        SSL_set_alpn_protos(tls_.get(), reinterpret_cast<unsigned char const*>(options.alpn.data()),
                            static_cast<unsigned>(options.alpn.size()));
    }
    SSL_set_fd(tls_.get(), socket_);
    is_connected_ = SSL_connect(tls_.get()) == 1;
}

bool TlsClient::send(std::string_view bytes) {
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
}

std::string TlsClient::receive_some() {
    std::array<char, 64 * 1024> buffer{};
    auto const count = SSL_read(tls_.get(), buffer.data(), buffer.size());
    return count <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
}

std::string TlsClient::receive_until(std::string_view text) {
    std::string received;
    while (!received.contains(text)) {
        auto const more = receive_some();
        if (more.empty()) break;
        received += more;
    }
    return received;
}

bool TlsClient::has_ended() const {
    return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace filegate::net
