#pragma once
// One running gateway: every part, wired, in the order in which they depend on one another. The
// only place, with the tests, that names a concrete store, catalog and HTTP client.

#include <memory>
#include <string>
#include <vector>

#include "app/certificate_keeper.hpp"
#include "config/settings.hpp"
#include "coordination/memory_breakers.hpp"
#include "coordination/memory_leases.hpp"
#include "coordination/memory_rate_limits.hpp"
#include "gateway/breaker_keeper.hpp"
#include "gateway/catalog_ledger.hpp"
#include "gateway/gateway.hpp"
#include "gateway/operations.hpp"
#include "http/api.hpp"
#include "net/http_server.hpp"
#include "store/data_folder_lock.hpp"

namespace filegate::app {

class Node {
public:
    // Locks the data folder, opens what lies in it and starts to listen. Blocks. On failure nothing
    // is left running. `settings` outlives the node.
    static Result<std::unique_ptr<Node>> start(config::Settings const& settings);

    // Drains until the settings' time is over, cancels the rest, and joins. Blocks; once.
    void stop();
    ~Node();

    // Sees to the TLS files (certificate_keeper.hpp). Blocks. One thread, before stop().
    void keep_certificate(CertificateKeeper::Look look) {
        if (certificate_) certificate_->keep(look);
    }

    std::string url() const { return server_->url(); }
    observe::Log& log() { return *log_; }

private:
    explicit Node(config::Settings const& settings);
    Result<void> open_storage();
    void wire();
    void wire_access();
    void wire_delivery();
    void wire_gateway();
    void wire_scanner();
    http::HostCheck host_check() const;
    Result<void> restore_breakers();
    Result<void> begin();
    Result<void> record(std::string action);
    void log_start() const;

    config::Settings const& settings_;
    std::unique_ptr<observe::Log> log_;
    SystemClock clock_;
    SystemRandom random_;
    IdSource ids_{clock_, random_};

    std::optional<store::DataFolderLock> lock_;
    std::optional<WorkerPool> workers_;
    std::optional<store::StagingArea> staging_;
    std::unique_ptr<store::BlobStore> blobs_;
    std::unique_ptr<catalog::Catalog> catalog_;

    std::vector<std::unique_ptr<net::LoopThread>> loops_;  // one per network thread
    std::unique_ptr<net::LoopThread> outbound_;            // requests to providers, background work
    std::unique_ptr<net::HttpClient> client_;

    std::optional<access::TokenVerifier> tokens_;  // none: no authentication is configured
    std::optional<gateway::TokenKeeper> token_keeper_;
    std::optional<gateway::CatalogLedger> ledger_;
    std::optional<coordination::MemoryRateLimits> rate_limits_;
    std::optional<access::Access> access_;
    std::optional<ingest::ClamdScanner> scanner_;  // none: files are not scanned
    std::optional<ingest::Ingest> ingest_;
    std::optional<gateway::BreakerKeeper> breaker_keeper_;
    std::optional<coordination::MemoryBreakers> breakers_;
    std::optional<coordination::MemoryLeases> leases_;
    std::optional<delivery::Delivery> delivery_;
    std::optional<gateway::Recovery> recovery_;
    std::unique_ptr<paths::ServerPaths> paths_;
    std::optional<gateway::Audit> audit_;
    std::optional<gateway::Gateway> gateway_;
    std::optional<gateway::PathUploads> path_uploads_;
    std::optional<gateway::Operations> operations_;
    std::unique_ptr<net::TlsIdentity> tls_;  // null: plain HTTP
    std::optional<CertificateKeeper> certificate_;
    std::optional<http::Api> api_;
    std::optional<net::HttpServer> server_;
};

}  // namespace filegate::app
