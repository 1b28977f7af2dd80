#include "net/tls_identity.hpp"

#include <ctime>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/check.hpp"
#include "base/small_file.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t pem_bytes_max = 1 << 20;
constexpr std::size_t chain_length_max = 16;
constexpr std::string_view alpn_http = "\x08http/1.1";  // its length goes before it

template <auto free>
struct Free {
    template <class T>
    void operator()(T* thing) const {
        free(thing);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

std::unexpected<Error> unusable(std::filesystem::path const& file, std::string_view why) {
    return fail(ErrorCode::configuration_error, fmt::format("{}: {}", file.string(), why));
}

// What OpenSSL said last, in its own words; its queue is empty then.
std::string openssl_words() {
    auto const* const words = ERR_reason_error_string(ERR_peek_last_error());
    std::string const copy = words == nullptr ? "no reason given" : words;
    ERR_clear_error();
    return copy;
}

Result<Bio> open_pem(std::filesystem::path const& file) {
    auto const text = read_small_file(file, pem_bytes_max);
    if (!text) return unusable(file, text.error());
    Bio bio(BIO_new(BIO_s_mem()));
    FG_CHECK(bio != nullptr, "OpenSSL has memory for a file");
    BIO_write(bio.get(), text->data(), static_cast<int>(text->size()));
    return bio;
}

// Nobody sits at a terminal to be asked.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

// A client that offers other protocols only could not talk to this server (RFC 7301 section 3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* length,
                    unsigned char const* offered, unsigned int offered_length, void*) {
    auto* found = const_cast<unsigned char*>(*chosen);
    auto const* const ours = reinterpret_cast<unsigned char const*>(alpn_http.data());
    auto const agreed =
        SSL_select_next_proto(&found, length, ours, alpn_http.size(), offered, offered_length);
    *chosen = found;
    return agreed == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unique_ptr<SSL_CTX, FreeTls> new_context() {
    std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
    FG_CHECK(context != nullptr, "OpenSSL has memory for a context");
    auto* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // Idle connections give their buffers back; a write may be repeated from another buffer that
    // holds the same bytes.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(raw, 1);  // a record's head and body come in one system call
    // Sessions live in their tickets: nothing is kept for clients that may never come again.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    return context;
}

Result<Certificate> next_certificate(BIO* bio, std::filesystem::path const& file) {
    Certificate certificate(PEM_read_bio_X509(bio, nullptr, no_passphrase, nullptr));
    if (certificate != nullptr) return certificate;
    auto const last = ERR_peek_last_error();
    auto const is_end =
        ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    auto const words = openssl_words();
    if (is_end) return Certificate();
    return unusable(file, fmt::format("holds a certificate that cannot be read ({})", words));
}

Result<void> use_certificates(SSL_CTX* context, std::filesystem::path const& file) {
    TRY(auto const bio, open_pem(file));
    TRY(auto const own, next_certificate(bio.get(), file));
    if (own == nullptr) return unusable(file, "holds no certificate in PEM form");
    if (SSL_CTX_use_certificate(context, own.get()) != 1) {
        return unusable(file, fmt::format("its certificate is unusable ({})", openssl_words()));
    }
    for (std::size_t i = 0; i < chain_length_max; ++i) {
        TRY(auto issuer, next_certificate(bio.get(), file));
        if (issuer == nullptr) return {};
        if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) {
            return unusable(file, fmt::format("its chain is unusable ({})", openssl_words()));
        }
        (void)issuer.release();
    }
    return unusable(file, fmt::format("holds more than {} certificates", chain_length_max + 1));
}

Result<void> use_key(SSL_CTX* context, TlsFiles const& files) {
    TRY(auto const bio, open_pem(files.key));
    Key const key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (key == nullptr) {
        return unusable(files.key, fmt::format("holds no private key that can be read without a "
                                               "passphrase ({})",
                                               openssl_words()));
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return unusable(files.key, fmt::format("is not the key of the certificate in {} ({})",
                                               files.certificate.string(), openssl_words()));
    }
    return {};
}

std::string text_of(BIO* bio) {
    char* text = nullptr;
    auto const size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string describe(SSL_CTX* context) {
    auto* const certificate = SSL_CTX_get0_certificate(context);
    Bio const bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    BIO_puts(bio.get(), ", until ");
    ASN1_TIME_print(bio.get(), X509_get0_notAfter(certificate));
    return text_of(bio.get());
}

std::optional<WallTime> wall_time(ASN1_TIME const* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return WallTime(seconds(::timegm(&parts)));
}

Result<Validity> validity_of(SSL_CTX* context, std::filesystem::path const& file) {
    auto const* const certificate = SSL_CTX_get0_certificate(context);
    auto const from = wall_time(X509_get0_notBefore(certificate));
    auto const until = wall_time(X509_get0_notAfter(certificate));
    if (from && until) return Validity{.from = *from, .until = *until};
    ERR_clear_error();
    return unusable(file, "the times of its certificate cannot be read");
}

std::string stamp_of(std::filesystem::path const& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return "none;";
    return fmt::format("{}:{}:{}:{}.{};", status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string stamp_of(TlsFiles const& files) {
    return stamp_of(files.certificate) + stamp_of(files.key);
}

}  // namespace

bool Validity::ends_soon(WallTime now) const {
    auto const notice = std::min<milliseconds>(std::chrono::days(14), (until - from) / 5);
    return until - now <= notice;
}

void FreeTls::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

void FreeTls::operator()(ssl_st* session) const {
    SSL_free(session);
}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(TlsFiles files) {
    std::unique_ptr<TlsIdentity> identity(new TlsIdentity(std::move(files)));
    TRY(identity->reload());
    return identity;
}

Result<void> TlsIdentity::reload() {
    // Looked at before it is read: what is written meanwhile is noticed the next time.
    stamp_ = stamp_of(files_);
    auto context = new_context();
    TRY(use_certificates(context.get(), files_.certificate));
    TRY(use_key(context.get(), files_));
    TRY(validity_, validity_of(context.get(), files_.certificate));
    description_ = describe(context.get());
    std::scoped_lock const lock(mutex_);
    context_.swap(context);
    return {};
}

bool TlsIdentity::has_changed() const {
    return stamp_of(files_) != stamp_;
}

std::unique_ptr<ssl_st, FreeTls> TlsIdentity::new_session() const {
    std::scoped_lock const lock(mutex_);
    std::unique_ptr<ssl_st, FreeTls> session(SSL_new(context_.get()));
    FG_CHECK(session != nullptr, "OpenSSL has memory for a connection");
    return session;
}

}  // namespace filegate::net
