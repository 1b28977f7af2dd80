#include "sim_world.hpp"

#include <boost/json.hpp>

#include "catalog/memory_catalog.hpp"
#include "sandbox/control.hpp"

namespace filegate::sim {
namespace {

constexpr std::string_view base = "http://sandbox.test";

Error struck(std::string_view what) {
    return {.code = ErrorCode::database_error, .message = std::string(what) + " failed by chance"};
}

// As built in, but that an account holds as many files as it is given: thousands of uploads are not
// about that limit.
std::vector<contracts::Contract> unlimited(std::vector<std::string> const& names) {
    std::vector<contracts::Contract> contracts;
    for (auto const& name : names) {
        for (auto contract : contracts::builtin_contracts()) {
            if (contract.name.text() != name) continue;
            contract.files_max.reset();
            contract.total_bytes_max.reset();
            for (auto& rule : contract.wire_purposes)
                rule.files_max.reset();
            contracts.push_back(std::move(contract));
        }
    }
    return contracts;
}

std::vector<delivery::Account> accounts_of(std::vector<contracts::Contract> const& contracts) {
    std::vector<delivery::Account> accounts;
    for (auto const& contract : contracts) {
        accounts.push_back({.contract = &contract,
                            .name = AccountName("main"),
                            .api_key = Secret(contract.name.text() + "-id.secret"),
                            .base_url = std::string(base) + contract.sandbox_path});
    }
    return accounts;
}

Task<Done> start_gateway(gateway::Gateway& gateway) {
    auto const started = co_await gateway.start();
    FG_CHECK(started.has_value(), "a gateway starts on what was durable");
    co_return Done();
}

Task<Done> stop_gateway(gateway::Gateway& gateway, Deadline deadline) {
    co_await gateway.stop(deadline);
    co_return Done();
}

}  // namespace

class World::TroubledCatalog final : public catalog::InterposedCatalog {
public:
    TroubledCatalog(catalog::Catalog& real, World& world)
        : InterposedCatalog(real), world_(world) {}

private:
    Task<Result<void>> before() override {
        auto const& trouble = world_.options_.trouble;
        if (trouble.catalog_delay_max > milliseconds(0)) {
            auto const steps = static_cast<std::uint64_t>(trouble.catalog_delay_max.count()) + 1;
            co_await sleep_for(
                milliseconds(static_cast<std::int64_t>(world_.random_.below(steps))));
        }
        if (world_.is_struck(trouble.catalog)) {
            co_return fail(struck("the catalog"));
        }
        co_return Result<void>();
    }

    World& world_;
};

class World::TroubledBlobs final : public store::BlobStore {
public:
    TroubledBlobs(store::BlobStore& real, World& world) : real_(real), world_(world) {}

    Task<Result<store::KeepOutcome>> keep(store::StagedFile staged, Sha256Digest digest) override {
        if (is_struck()) {
            co_return fail(Error{.code = ErrorCode::store_full, .message = "the disk is full"});
        }
        co_return co_await real_.keep(std::move(staged), digest);
    }
    Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) override {
        if (is_struck()) co_return fail(struck("the disk"));
        co_return co_await real_.open(digest);
    }
    Task<Result<bool>> contains(Sha256Digest digest) override {
        co_return co_await real_.contains(digest);
    }
    Task<Result<void>> remove(Sha256Digest digest) override {
        if (is_struck()) co_return fail(struck("the disk"));
        co_return co_await real_.remove(digest);
    }
    Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest> after,
                                                 std::size_t count_max) override {
        co_return co_await real_.list(after, count_max);
    }
    Task<Result<void>> check() override { co_return co_await real_.check(); }

private:
    bool is_struck() { return world_.is_struck(world_.options_.trouble.blobs); }

    store::BlobStore& real_;
    World& world_;
};

// Nothing here outlives the test, so nothing waits for the platter.
class World::TroubledDisk final : public store::DiskCalls {
public:
    explicit TroubledDisk(World& world) : world_(world) {}

    int fdatasync(int) override { return 0; }
    int fsync(int) override { return 0; }
    ssize_t pwrite(int file, std::span<std::byte const> bytes, std::uint64_t offset) override {
        if (world_.is_struck(world_.options_.trouble.disk)) {
            errno = ENOSPC;
            return -1;
        }
        return DiskCalls::pwrite(file, bytes, offset);
    }

private:
    World& world_;
};

// What dies with the power.
struct World::Node {
    explicit Node(World& world);

    store::StagingArea staging;
    ingest::Ingest ingest;
    gateway::BreakerKeeper keeper;
    std::optional<coordination::MemoryBreakers> breakers;
    std::optional<coordination::MemoryLeases> leases;
    std::optional<delivery::Delivery> delivery;
    std::optional<gateway::Recovery> recovery;
    std::optional<gateway::Audit> audit;
    std::optional<gateway::Gateway> gateway;
};

World::Node::Node(World& world)
    : staging(*store::StagingArea::open(world.folder_.path() / "staging", world.workers_,
                                        *world.troubled_disk_)),
      ingest(staging, world.workers_, {}),
      keeper(*world.troubled_catalog_, world.loop_, observe::silent_log()) {
    auto& options = world.options_;
    breakers.emplace(options.breakers, world.loop_, &keeper);
    leases.emplace(coordination::LeaseOptions(), world.loop_, "node");
    delivery.emplace(accounts_of(world.contracts_),
                     delivery::DeliveryParts{*world.client_, *breakers, *leases, world.loop_,
                                             world.random_, observe::silent_log()},
                     options.delivery);
    recovery.emplace(gateway::RecoveryParts{*world.troubled_catalog_, *delivery, *leases,
                                            world.loop_, world.ids_, observe::silent_log()},
                     options.recovery);
    audit.emplace(gateway::AuditParts{.book = *world.troubled_catalog_,
                                      .clock = world.loop_,
                                      .log = observe::silent_log(),
                                      .background = world.loop_},
                  gateway::AuditOptions());
    gateway.emplace(gateway::GatewayParts{.access = *world.access_,
                                          .ingest = ingest,
                                          .blobs = *world.troubled_blobs_,
                                          .catalog = *world.troubled_catalog_,
                                          .delivery = *delivery,
                                          .recovery = *recovery,
                                          .audit = *audit,
                                          .clock = world.loop_,
                                          .ids = world.ids_,
                                          .random = world.random_,
                                          .log = observe::silent_log(),
                                          .background = world.loop_},
                    options.queue);
}

World::World(WorldOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      contracts_(unlimited(options_.providers)),
      sandbox_(std::make_unique<sandbox::Sandbox>(contracts_, loop_,
                                                  sandbox::SandboxOptions{.seed = options_.seed})),
      client_(std::make_unique<sandbox::InProcessClient>(*sandbox_, std::string(base), loop_)),
      catalog_(catalog::make_memory_catalog()),
      blobs_(std::make_unique<store::MemoryBlobStore>(workers_)),
      troubled_catalog_(std::make_unique<TroubledCatalog>(*catalog_, *this)),
      troubled_blobs_(std::make_unique<TroubledBlobs>(*blobs_, *this)),
      troubled_disk_(std::make_unique<TroubledDisk>(*this)),
      ledger_(std::make_unique<gateway::CatalogLedger>(*troubled_catalog_, ids_, 1ULL << 40)),
      access_(std::make_unique<access::Access>(access::AccessOptions{.file_bytes_max = 1 << 20},
                                               access::AccessParts{.ledger = ledger_.get()})) {
    start();
}

World::~World() {
    if (node_) lose_power();
}

bool World::is_struck(int of_1000) {
    return of_1000 > 0 && random_.below(1000) < static_cast<std::uint64_t>(of_1000);
}

gateway::Gateway& World::gateway() {
    return *node_->gateway;
}
gateway::Recovery& World::recovery() {
    return *node_->recovery;
}
coordination::MemoryBreakers& World::breakers() {
    return *node_->breakers;
}
coordination::MemoryLeases& World::leases() {
    return *node_->leases;
}

void World::start() {
    auto const trouble = std::exchange(options_.trouble, {});
    node_ = std::make_unique<Node>(*this);
    node_->breakers->restore(run(node_->keeper.kept()).value());
    run(start_gateway(*node_->gateway));
    node_->gateway->run_periodically();
    options_.trouble = trouble;
}

void World::lose_power() {
    run(stop_gateway(*node_->gateway, loop_.monotonic_now()));
    node_.reset();
}

void World::set_faults(std::vector<sandbox::Fault> const& faults) {
    auto const list = sandbox::faults_object(faults).at("faults");
    MemoryBody const body(boost::json::serialize(list));
    net::ClientRequest request{
        .method = "POST", .url = std::string(base) + "/_sandbox/faults", .body = &body};
    request.headers.set("Content-Type", "application/json");
    auto const answer = run(client_->send(std::move(request)));
    FG_CHECK(answer && answer->status < 300, "the sandbox takes the faults");
}

Task<boost::json::object> state_of(net::HttpClient& client) {
    auto const answer = co_await client.send(
        {.url = std::string(base) + "/_sandbox/state", .response_bytes_max = 1 << 28});
    FG_CHECK(answer && answer->status == 200, "the sandbox tells its state");
    co_return boost::json::parse(answer->body).as_object().at("providers").as_object();
}

std::vector<HeldCopy> World::copies() {
    std::vector<HeldCopy> all;
    for (auto const& [provider, held] : run(state_of(*client_))) {
        for (auto const& file : held.as_object().at("files").as_array()) {
            auto const text = [&](std::string_view name) {
                return std::string(file.as_object().at(name).as_string());
            };
            all.push_back({std::string(provider), text("id"), text("purpose"), text("sha256")});
        }
    }
    return all;
}

std::uint64_t World::uploads_at(std::string const& provider) {
    auto const all = run(state_of(*client_));
    return all.at(provider)
        .as_object()
        .at("requests")
        .as_object()
        .at("upload")
        .to_number<std::uint64_t>();
}

}  // namespace filegate::sim
