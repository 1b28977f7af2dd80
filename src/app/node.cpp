#include "app/node.hpp"

#include "app/block_on.hpp"
#include "app/data_layout.hpp"
#include "app/descriptor_limit.hpp"
#include "catalog/sqlite_catalog.hpp"
#include "config/version.hpp"
#include "store/disk_blob_store.hpp"

namespace filegate::app {
namespace {

Task<Done> stop_server(net::HttpServer& server, Deadline deadline) {
    co_await server.stop(deadline);
    co_return Done();
}

Task<Done> stop_operations(gateway::Operations& operations, Deadline deadline) {
    co_await operations.stop(deadline);
    co_return Done();
}

Task<Done> stop_scanner(ingest::ClamdScanner& scanner) {
    co_await scanner.stop();
    co_return Done();
}

Task<Done> stop_gateway(gateway::Gateway& gateway, Deadline deadline) {
    co_await gateway.stop(deadline);
    co_return Done();
}

Task<Done> stop_audit(gateway::Audit& audit) {
    co_await audit.stop();
    co_return Done();
}

std::string joined_names(std::vector<delivery::Account> const& accounts) {
    std::string names;
    for (auto const& account : accounts) {
        names += (names.empty() ? "" : " ") + account.contract->name.text();
    }
    return names.empty() ? "none" : names;
}

}  // namespace

Node::Node(config::Settings const& settings)
    : settings_(settings), log_(observe::make_log(settings.log)) {}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::start(config::Settings const& settings) {
    std::unique_ptr<Node> node(new Node(settings));
    TRY(node->open_storage());
    if (settings.tls.is_wanted()) {
        TRY(node->tls_, net::TlsIdentity::load(settings.tls));
        node->certificate_.emplace(*node->tls_, *node->log_, node->clock_);
    }
    node->wire();
    if (auto begun = node->begin(); !begun) {
        node->stop();
        return std::unexpected(std::move(begun).error());
    }
    node->log_start();
    node->keep_certificate(CertificateKeeper::Look::for_changes);
    return node;
}

Result<void> Node::open_storage() {
    auto const& folder = settings_.data_folder;
    TRY(auto lock, store::DataFolderLock::acquire(folder));
    lock_.emplace(std::move(lock));
    workers_.emplace("worker", settings_.worker_threads);
    TRY(auto staging, store::StagingArea::open(folder / staging_folder, *workers_));
    staging_.emplace(std::move(staging));
    TRY(blobs_, store::DiskBlobStore::open(folder / blobs_folder, *workers_, *log_));
    TRY(catalog_, catalog::SqliteCatalog::open(folder / catalog_file, {}, clock_));
    TRY(paths_, paths::ServerPaths::open(settings_.paths, *workers_));
    return {};
}

void Node::wire() {
    for (std::size_t i = 0; i < settings_.network_threads; ++i) {
        loops_.push_back(std::make_unique<net::LoopThread>(clock_, fmt::format("net{}", i)));
    }
    outbound_ = std::make_unique<net::LoopThread>(clock_, "outbound");
    client_ = std::make_unique<net::CurlClient>(
        outbound_->loop(),
        net::CurlClientOptions{.user_agent = fmt::format("filegate/{}", config::version)});
    wire_access();
    wire_delivery();
    wire_gateway();
    std::vector<net::Loop*> loops;
    for (auto const& thread : loops_)
        loops.push_back(&thread->loop());
    auto server = settings_.server;
    auto const scanned = settings_.scan.address.empty() ? Scanned::no : Scanned::yes;
    server.connections_max =
        std::min(server.connections_max, connections_carried(raise_descriptor_limit(), scanned));
    server_.emplace(std::move(loops), *api_, ids_, std::move(server), tls_.get());
}

void Node::wire_access() {
    if (settings_.tokens.has_keys()) {
        tokens_.emplace(settings_.tokens,
                        access::TokenVerifierParts{
                            .http = *client_, .workers = *workers_, .clock = clock_, .log = *log_});
        token_keeper_.emplace(gateway::TokenKeeperParts{
            .catalog = *catalog_, .verifier = *tokens_, .clock = clock_, .log = *log_});
    }
    ledger_.emplace(*catalog_, ids_, settings_.quota_bytes_per_principal);
    rate_limits_.emplace(clock_, random_);
    access_.emplace(settings_.access, access::AccessParts{.tokens = tokens_ ? &*tokens_ : nullptr,
                                                          .ledger = &*ledger_,
                                                          .rate_limits = &*rate_limits_});
}

void Node::wire_delivery() {
    breaker_keeper_.emplace(*catalog_, clock_, *log_);
    // A probe is one try: a look at the list, and the upload.
    auto breakers = settings_.breakers;
    breakers.probe_time_max = 2 * settings_.delivery.attempt_timeout + seconds(30);
    breakers_.emplace(breakers, clock_, &*breaker_keeper_);
    leases_.emplace(settings_.leases, clock_, "this");
    delivery_.emplace(config::usable_accounts(settings_),
                      delivery::DeliveryParts{.http = *client_,
                                              .breakers = *breakers_,
                                              .leases = *leases_,
                                              .clock = clock_,
                                              .random = random_,
                                              .log = *log_},
                      settings_.delivery);
    recovery_.emplace(gateway::RecoveryParts{.catalog = *catalog_,
                                             .delivery = *delivery_,
                                             .leases = *leases_,
                                             .clock = clock_,
                                             .ids = ids_,
                                             .log = *log_},
                      settings_.recovery);
}

void Node::wire_gateway() {
    wire_scanner();
    auto* const scanner = scanner_ ? &*scanner_ : nullptr;
    ingest_.emplace(*staging_, *workers_, settings_.ingest, scanner);
    audit_.emplace(
        gateway::AuditParts{
            .book = *catalog_, .clock = clock_, .log = *log_, .background = outbound_->loop()},
        settings_.audit);
    gateway_.emplace(gateway::GatewayParts{.access = *access_,
                                           .ingest = *ingest_,
                                           .blobs = *blobs_,
                                           .catalog = *catalog_,
                                           .delivery = *delivery_,
                                           .recovery = *recovery_,
                                           .audit = *audit_,
                                           .clock = clock_,
                                           .ids = ids_,
                                           .random = random_,
                                           .log = *log_,
                                           .background = outbound_->loop()},
                     settings_.queue);
    operations_.emplace(
        gateway::OperationsParts{.catalog = *catalog_,
                                 .blobs = *blobs_,
                                 .breakers = *breakers_,
                                 .leases = *leases_,
                                 .delivery = *delivery_,
                                 .recovery = *recovery_,
                                 .clock = clock_,
                                 .log = *log_,
                                 .background = outbound_->loop(),
                                 .scanner = scanner,
                                 .unchecked = settings_.ingest.content.unchecked,
                                 .tokens = token_keeper_ ? &*token_keeper_ : nullptr,
                                 .quota_bytes_default = settings_.quota_bytes_per_principal});
    path_uploads_.emplace(gateway::PathUploadParts{.gateway = *gateway_,
                                                   .paths = *paths_,
                                                   .access = *access_,
                                                   .audit = *audit_,
                                                   .clock = clock_});
    api_.emplace(http::ApiParts{.gateway = *gateway_,
                                .path_uploads = *path_uploads_,
                                .operations = *operations_,
                                .audit = *audit_,
                                .access = *access_,
                                .clock = clock_,
                                .log = *log_},
                 host_check());
}

http::HostCheck Node::host_check() const {
    using http::HostCheck;
    return {settings_.hosts,
            tokens_ ? HostCheck::Callers::authenticated : HostCheck::Callers::anybody,
            tls_ == nullptr ? HostCheck::Scheme::http : HostCheck::Scheme::https};
}

void Node::wire_scanner() {
    if (settings_.scan.address.empty()) return;
    auto const address = ingest::parse_clamd_address(settings_.scan.address);
    FG_CHECK(address.has_value(), "the settings were checked");
    scanner_.emplace(outbound_->loop(), *address, settings_.scan);
}

Result<void> Node::restore_breakers() {
    TRY(auto const kept, block_on(outbound_->loop(), breaker_keeper_->kept()));
    breakers_->restore(kept);
    return {};
}

Result<void> Node::begin() {
    TRY(record("gateway.started"));
    TRY(restore_breakers());
    if (token_keeper_) {
        TRY(block_on(outbound_->loop(), token_keeper_->restore(settings_.tokens)));
    }
    TRY(block_on(outbound_->loop(), gateway_->start()));
    outbound_->loop().post([this] {
        audit_->run_periodically();
        gateway_->run_periodically();
    });
    return server_->start();
}

Result<void> Node::record(std::string action) {
    return block_on(
        outbound_->loop(),
        audit_->record({.at = clock_.wall_now(),
                        .principal = PrincipalId(),
                        .action = std::move(action),
                        .subject = fmt::format("filegate {}", config::version),
                        .outcome = "done",
                        .detail = fmt::format("roots={} providers={}", settings_.paths.roots.size(),
                                              joined_names(delivery_->accounts()))}));
}

void Node::stop() {
    auto const deadline = clock_.monotonic_now() + settings_.drain_timeout;
    log_->write(observe::LogLevel::info, "server.draining",
                {{"connections", std::int64_t(server_->connection_count())}});
    block_on(outbound_->loop(), stop_server(*server_, deadline));
    block_on(outbound_->loop(), stop_operations(*operations_, deadline));
    block_on(outbound_->loop(), stop_gateway(*gateway_, deadline));
    if (scanner_) block_on(outbound_->loop(), stop_scanner(*scanner_));
    block_on(outbound_->loop(), stop_audit(*audit_));
    if (auto const recorded = record("gateway.stopped"); !recorded) {
        log_->write(observe::LogLevel::error, "audit.not_kept",
                    {{"action", "gateway.stopped"}, {"message", recorded.error().message}});
    }
    log_->write(observe::LogLevel::info, "server.stopped", {});
}

void Node::log_start() const {
    log_->write(observe::LogLevel::info, "server.started",
                {{"url", server_->url()},
                 {"data", settings_.data_folder.string()},
                 {"providers", joined_names(delivery_->accounts())},
                 {"version", std::string(config::version)}});
}

}  // namespace filegate::app
