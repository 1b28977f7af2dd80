#pragma once
// For tests that speak TLS: certificates made on the spot, and a blocking client.

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "net/tls_identity.hpp"

namespace filegate::net {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* thing) const {
        free(thing);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using TlsContext = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Free<SSL_free>>;

// Signed by itself, for one address, good for so long.
inline Certificate make_certificate(EVP_PKEY* key, char const* address, seconds lifetime) {
    Certificate certificate(X509_new());
    auto* const x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), lifetime.count());
    X509_set_pubkey(x509, key);
    auto* const name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>("filegate test"), -1, -1, 0);
    X509_set_issuer_name(x509, name);
    for (auto const& [nid, text] : {std::pair{NID_basic_constraints, "critical,CA:TRUE"},
                                    std::pair{NID_subject_alt_name, address}}) {
        auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, text);
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
    FG_CHECK(X509_sign(x509, key, EVP_sha256()) > 0, "the certificate is signed");
    return certificate;
}

// A certificate and its key, and the files by which a server may show and a client may trust it.
class Identity {
public:
    explicit Identity(char const* address, seconds lifetime = seconds(86'400))
        : key_(EVP_EC_gen("P-256")),
          certificate_(make_certificate(key_.get(), address, lifetime)),
          ca_file_(fmt::format("{}filegate_ca_{}_{}.pem", testing::TempDir(), getpid(),
                               fmt::ptr(this))) {
        write(files());
    }
    ~Identity() {
        (void)std::remove(files().certificate.c_str());
        (void)std::remove(files().key.c_str());
    }
    Identity(Identity const&) = delete;
    Identity& operator=(Identity const&) = delete;

    std::string const& ca_file() const { return ca_file_; }
    TlsFiles files() const { return {.certificate = ca_file_, .key = ca_file_ + ".key"}; }

    void write(TlsFiles const& files, char const* passphrase = nullptr) const {
        write_pem(files.certificate,
                  [&](std::FILE* file) { return PEM_write_X509(file, certificate_.get()); });
        write_pem(files.key, [&](std::FILE* file) {
            auto const* const cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
            return PEM_write_PKCS8PrivateKey(file, key_.get(), cipher, passphrase,
                                             passphrase == nullptr ? 0 : 4, nullptr, nullptr);
        });
    }
    TlsContext context() const {
        TlsContext context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context.get(), key_.get());
        return context;
    }

private:
    static void write_pem(std::filesystem::path const& path, auto const& write) {
        auto* const file = std::fopen(path.c_str(), "w");
        FG_CHECK(file != nullptr, "the folder for temporary files can be written");
        FG_CHECK(write(file) == 1, "OpenSSL can write what it made");
        (void)std::fclose(file);
    }

    Key key_;
    Certificate certificate_;
    std::string ca_file_;
};

// Blocks the test's own thread. Every call gives up after ten seconds.
class TlsClient {
public:
    struct Options {
        int version_min = TLS1_2_VERSION;
        int version_max = TLS1_3_VERSION;
        std::string alpn;  // as it goes over the wire: each name behind its length
    };

    explicit TlsClient(std::uint16_t port, std::string const& ca_file = {})
        : TlsClient(port, ca_file, Options()) {}
    TlsClient(std::uint16_t port, std::string const& ca_file, Options const& options);
    ~TlsClient() { ::close(socket_); }
    TlsClient(TlsClient const&) = delete;
    TlsClient& operator=(TlsClient const&) = delete;

    bool is_connected() const { return is_connected_; }  // handshake done, certificate verified
    SSL* tls() { return tls_.get(); }
    int socket() const { return socket_; }
    bool send(std::string_view bytes);
    std::string receive_some();  // empty: see has_ended()
    std::string receive_until(std::string_view text);
    bool has_ended() const;  // the server said so, in TLS

private:
    int socket_;
    TlsContext context_;
    Tls tls_;
    bool is_connected_ = false;
};

}  // namespace filegate::net
