#pragma once
// Filegate's HTTP API as calls. What the client verbs use to talk to a running server.

#include "base/secret.hpp"
#include "cli/admin_objects.hpp"
#include "cli/audit_objects.hpp"
#include "cli/file_object.hpp"
#include "cli/quota_object.hpp"

namespace filegate::cli {

struct Server {
    std::string url = "http://127.0.0.1:8787";  // without a slash at its end
    Secret token;
};

struct UploadWish {
    std::string filename;
    std::string purpose;
    std::string provider;
    std::string deliver;
    std::optional<seconds> expires_after;
};

struct ListWish {
    std::string purpose;
    std::string after;
    std::size_t limit = 0;
};

// provider/transport
struct BreakerName {
    std::string provider;
    std::string transport;
};

struct AuditWish {
    std::string principal;
    std::string action;
    std::string file;
    std::optional<std::int64_t> since;  // seconds since 1970
    std::optional<std::int64_t> until;
    std::int64_t after = 0;
};

enum class ReconcileMode : std::uint8_t { act, dry };

class ApiClient {
public:
    ApiClient(net::HttpClient& http, Server server) : http_(http), server_(std::move(server)) {}

    using OnSent = std::function<void(std::uint64_t)>;
    using Sink = std::function<bool(std::span<std::byte const>)>;

    Task<Answer<FileObject>> upload(UploadWish wish, ReopenableBody const& body, OnSent on_sent);
    Task<Answer<FileList>> list(ListWish wish);
    Task<Answer<FileObject>> find(std::string id);
    // Bytes go to `sink` as they come. When it says false the answer is a failure; the sink knows
    // why.
    Task<Answer<>> content(std::string id, Sink sink);
    Task<Answer<>> remove(std::string id);
    Task<Answer<FileObject>> deliver(std::string id, DeliverWish wish);

    Task<Answer<std::vector<BreakerObject>>> breakers();
    Task<Answer<BreakerObject>> force_breaker(BreakerName name, std::string state);
    Task<Answer<LockObjects>> locks();
    Task<Answer<bool>> force_unlock(std::string key);  // false: nobody held it
    Task<Answer<RecoveryObjects>> reconcile(ReconcileMode mode);
    // A page of everybody's, after the one named `after`.
    Task<Answer<QuotaObjects>> quotas(std::string after);
    Task<Answer<QuotaObject>> quota(std::string principal);
    Task<Answer<QuotaObject>> set_quota(std::string principal,
                                        std::optional<std::uint64_t> limit_bytes);
    Task<Answer<std::vector<PartObject>>> health();
    Task<Answer<AuditPageObject>> audit_page(AuditWish wish);
    Task<Answer<AuditVerdictObject>> verify_audit(std::string noted);
    Task<Answer<std::string>> revoke_token(std::string body);  // the answer as it came

private:
    // The body of a success.
    Task<Answer<std::string>> ask(std::string method, std::string path, std::string json = {});
    Task<Answer<net::ClientResponse>> send(net::ClientRequest request);
    std::string file_url(std::string const& id) const;

    net::HttpClient& http_;
    Server server_;
};

}  // namespace filegate::cli
