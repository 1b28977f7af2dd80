#pragma once
// The certificate and key by which a server proves who it is: read from two files, checked before
// they are used, and replaced while connections go on. A connection keeps those it began with.

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace filegate::net {

struct TlsFiles {
    std::filesystem::path certificate;  // PEM: the server's own first, then those that vouch for it
    std::filesystem::path key;          // PEM, without a passphrase

    bool is_wanted() const { return !certificate.empty() || !key.empty(); }
};

struct FreeTls {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* session) const;
};

// When a certificate counts.
struct Validity {
    WallTime from;
    WallTime until;

    bool is_over(WallTime now) const { return until <= now; }
    // A fifth of its time is left, or 14 days: who renews certificates by a program does so before
    // (at a third of their time), however short they live.
    bool ends_soon(WallTime now) const;
};

class TlsIdentity {
public:
    // Blocks. Fails with configuration_error when a file is unusable or they do not belong
    // together.
    static Result<std::unique_ptr<TlsIdentity>> load(TlsFiles files);

    // Reads both files again; when that fails, what was in use stays in use. Blocks; one thread.
    Result<void> reload();

    // Whether a file was replaced or written since load() or reload() last looked, whatever came of
    // it: a pair that did not fit is not tried again before it changes.
    bool has_changed() const;

    // "CN=gateway.example, until Jan  1 00:00:00 2030 GMT": for the log. The thread of reload().
    std::string const& description() const { return description_; }

    // Of the server's own certificate. The thread of reload().
    Validity validity() const { return validity_; }

    std::unique_ptr<ssl_st, FreeTls> new_session() const;  // any thread

private:
    using Context = std::unique_ptr<ssl_ctx_st, FreeTls>;
    using Stamp = std::string;  // of both files: which, how big, written when

    explicit TlsIdentity(TlsFiles files) : files_(std::move(files)) {}

    TlsFiles files_;
    Stamp stamp_;
    std::string description_;
    Validity validity_;
    mutable std::mutex mutex_;
    Context context_;  // under the mutex
};

}  // namespace filegate::net
