#include <cstdio>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/curl_client_fixture.hpp"

namespace filegate::net {
namespace {

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

// Signed by itself, for one address, good for a day.
Certificate make_certificate(EVP_PKEY* key, char const* address) {
    Certificate certificate(X509_new());
    auto* const x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86'400);
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

// A certificate and its key, and the file by which a client may trust it.
class Identity {
public:
    explicit Identity(char const* address)
        : key_(EVP_EC_gen("P-256")),
          certificate_(make_certificate(key_.get(), address)),
          ca_file_(fmt::format("{}filegate_ca_{}_{}.pem", testing::TempDir(), getpid(),
                               fmt::ptr(this))) {
        auto* const file = std::fopen(ca_file_.c_str(), "w");
        FG_CHECK(file != nullptr, "the folder for temporary files can be written");
        PEM_write_X509(file, certificate_.get());
        (void)std::fclose(file);
    }
    ~Identity() { (void)std::remove(ca_file_.c_str()); }
    Identity(Identity const&) = delete;
    Identity& operator=(Identity const&) = delete;

    std::string const& ca_file() const { return ca_file_; }
    TlsContext context() const {
        TlsContext context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context.get(), key_.get());
        return context;
    }

private:
    Key key_;
    Certificate certificate_;
    std::string ca_file_;
};

std::string read_until(SSL* tls, std::string received, auto const& is_enough) {
    std::array<char, 16 * 1024> buffer;
    while (!is_enough(received)) {
        auto const count = SSL_read(tls, buffer.data(), buffer.size());
        if (count <= 0) break;
        received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return received;
}

// Answers one request with its body of `body_bytes`. Counts the requests it has seen.
Script tls_echo(Identity const& identity, std::size_t body_bytes, std::atomic<int>& requests) {
    return [&identity, body_bytes, &requests](ScriptedConnection& connection) {
        auto const context = identity.context();
        Tls const tls(SSL_new(context.get()));
        SSL_set_fd(tls.get(), connection.descriptor());
        if (SSL_accept(tls.get()) != 1) return;
        auto const head = read_until(
            tls.get(), "", [](std::string const& text) { return text.contains("\r\n\r\n"); });
        if (head.empty()) return;
        ++requests;
        auto const body =
            read_until(tls.get(), head.substr(head.find("\r\n\r\n") + 4),
                       [&](std::string const& text) { return text.size() >= body_bytes; });
        auto const answer = answer_with("200 OK", body);
        SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(tls.get());
        connection.is_closed_by_client();
    };
}

class CurlClientTlsTest : public CurlClientTest {
protected:
    void trust(std::string ca_file) {
        client_ = std::make_unique<CurlClient>(thread_.loop(),
                                               CurlClientOptions{.ca_file = std::move(ca_file)});
    }
    void expect_refused(std::string url) {
        MemoryBody const body("hello");
        auto const failure = failure_of(post(std::move(url), body));
        EXPECT_EQ(failure.stage, Stage::connecting) << failure.message;
        EXPECT_TRUE(failure.is_tls) << failure.message;
        EXPECT_FALSE(failure.is_timeout);
        EXPECT_EQ(requests_, 0);
    }

    std::atomic<int> requests_ = 0;
    Identity const identity_{"IP:127.0.0.1"};
};
using curl_client_tls = CurlClientTlsTest;

TEST_F(curl_client_tls, talks_to_a_server_it_can_verify) {
    trust(identity_.ca_file());
    ScriptedBody const body(some_bytes(900'000));
    ScriptedServer const server(tls_echo(identity_, body.bytes().size(), requests_));
    auto request = post(server.url("https"), body);
    EXPECT_TRUE(answer_to(request).body == body.bytes());
    request.is_fresh_connection = true;
    EXPECT_TRUE(answer_to(request).body == body.bytes());
    EXPECT_EQ(requests_, 2);
}

TEST_F(curl_client_tls, refuses_a_certificate_nobody_vouches_for) {
    ScriptedServer const server(tls_echo(identity_, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, refuses_a_certificate_for_another_address) {
    Identity const other("IP:127.0.0.2");
    trust(other.ca_file());
    ScriptedServer const server(tls_echo(other, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, refuses_everybody_when_its_file_of_authorities_is_missing) {
    trust("/nonexistent/ca.pem");
    ScriptedServer const server(tls_echo(identity_, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, a_server_that_speaks_no_tls_is_a_failed_handshake) {
    for (std::string_view const greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_body(1);
            connection.send(greeting);
        });
        expect_refused(server.url("https"));
    }
}

}  // namespace
}  // namespace filegate::net
