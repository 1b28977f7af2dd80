#include "gateway/gateway_fakes.hpp"

#include <cstdlib>

#include "catalog/interposed_catalog.hpp"

namespace filegate::gateway {
namespace {

Error broken() {
    return {.code = ErrorCode::storage_error, .message = "this step was made to fail"};
}

class BreakableCatalog final : public catalog::InterposedCatalog {
public:
    BreakableCatalog(std::unique_ptr<catalog::Catalog> real, StepBreaker& breaker)
        : InterposedCatalog(*real), real_(std::move(real)), breaker_(breaker) {}

private:
    Task<Result<void>> before() override {
        if (breaker_.breaks_now()) co_return fail(broken());
        co_return Result<void>();
    }

    std::unique_ptr<catalog::Catalog> real_;
    StepBreaker& breaker_;
};

class BreakableBlobs final : public store::BlobStore {
public:
    BreakableBlobs(WorkerPool& workers, StepBreaker& breaker) : real_(workers), breaker_(breaker) {}

    Task<Result<store::KeepOutcome>> keep(store::StagedFile staged, Sha256Digest digest) override {
        if (breaker_.breaks_now()) co_return fail(broken());
        co_return co_await real_.keep(std::move(staged), digest);
    }
    Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) override {
        if (breaker_.breaks_now()) co_return fail(broken());
        co_return co_await real_.open(digest);
    }
    Task<Result<bool>> contains(Sha256Digest digest) override {
        co_return co_await real_.contains(digest);
    }
    Task<Result<void>> remove(Sha256Digest digest) override {
        if (breaker_.breaks_now()) co_return fail(broken());
        co_return co_await real_.remove(digest);
    }
    Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest> after,
                                                 std::size_t count_max) override {
        co_return co_await real_.list(after, count_max);
    }
    Task<Result<void>> check() override {
        if (breaker_.breaks_now()) co_return fail(broken());
        co_return co_await real_.check();
    }

private:
    store::MemoryBlobStore real_;
    StepBreaker& breaker_;
};

std::vector<delivery::Account> kimi_account() {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name != ProviderName("kimi")) continue;
        return {{.contract = &contract,
                 .name = AccountName("default"),
                 .api_key = Secret("sk-test"),
                 .base_url = "http://provider.test/v1"}};
    }
    return {};
}

Task<Result<std::uint64_t>> drain(ReopenableBody const& body) {
    CO_TRY(auto const source, co_await body.open(0));
    CO_TRY(auto const bytes, co_await read_all(*source, 4 << 20));
    co_return bytes.size();
}

Task<Result<std::string>> read_content(Gateway& gateway, access::Principal const& caller,
                                       FileId id) {
    CO_TRY(auto const content, co_await gateway.content(caller, std::move(id)));
    CO_TRY(auto const source, co_await content.body->open(0));
    co_return co_await read_all(*source, 4 << 20);
}

Task<Done> stop(Gateway& gateway, Deadline deadline) {
    co_await gateway.stop(deadline);
    co_return Done();
}

}  // namespace

Task<Result<std::size_t>> FakeIncoming::read(std::span<std::byte> into) {
    ++reads_;
    CO_TRY(auto const count, co_await source_.read(into));
    if (count == 0 && at_end_) request_ = *at_end_;
    co_return count;
}

Task<net::ClientResult> FakeProvider::send(net::ClientRequest request) {
    ++requests;
    auto const body = request.body;
    std::uint64_t sent = 0;
    if (body != nullptr) sent = (co_await drain(*body)).value();
    if (status != 200) {
        co_return net::ClientResponse{
            .status = status,
            .body = R"({"error":{"message":"down","type":"server_unavailable"}})"};
    }
    if (request.method == "DELETE") {
        ++removals;
        co_return net::ClientResponse{.status = 200, .body = R"({"deleted":true})"};
    }
    if (request.method == "GET") {
        co_return net::ClientResponse{.status = 200, .body = R"({"object":"list","data":[]})"};
    }
    FG_CHECK(body && sent == body->size_bytes(), "the form is as long as it says");
    ++uploads;
    co_return net::ClientResponse{.status = 200,
                                  .body = fmt::format(R"({{"id":"copy{}","object":"file",)"
                                                      R"("status":"ok"}})",
                                                      uploads)};
}

void StepBreaker::fail_step(std::optional<int> step) {
    step_ = step;
    event_ = nullptr;
    count_ = 0;
    has_failed_ = false;
}

void StepBreaker::before_step(int step, std::function<void()> event) {
    fail_step(step);
    event_ = std::move(event);
}

bool StepBreaker::breaks_now() {
    if (!step_ || count_++ != *step_) return false;
    if (auto const event = std::exchange(event_, nullptr)) {
        event();
        return false;
    }
    has_failed_ = true;
    return true;
}

World::World() {
    staging_.emplace(store::StagingArea::open(folder_.path(), workers_).value());
    ingest_.emplace(*staging_, workers_, ingest::IngestOptions());
    catalog_ = std::make_unique<BreakableCatalog>(catalog::make_memory_catalog(), breaker_);
    blobs_ = std::make_unique<BreakableBlobs>(workers_, breaker_);
    ledger_.emplace(*catalog_, ids_, 10 << 20);
    access_.emplace(access::AccessOptions{.file_bytes_max = 1 << 20},
                    access::AccessParts{.ledger = &*ledger_});
    start_gateway();
}

World::~World() {
    stop_gateway();
}

void World::start_gateway() {
    breakers_.emplace(coordination::BreakerOptions(), loop_, nullptr);
    leases_.emplace(coordination::LeaseOptions(), loop_, "node");
    delivery_.emplace(kimi_account(),
                      delivery::DeliveryParts{.http = provider_,
                                              .breakers = *breakers_,
                                              .leases = *leases_,
                                              .clock = loop_,
                                              .random = random_,
                                              .log = observe::silent_log()},
                      delivery::DeliveryOptions());
    recovery_.emplace(RecoveryParts{.catalog = *catalog_,
                                    .delivery = *delivery_,
                                    .leases = *leases_,
                                    .clock = loop_,
                                    .ids = ids_,
                                    .log = observe::silent_log()},
                      RecoveryOptions());
    audit_.emplace(
        AuditParts{
            .book = *catalog_, .clock = loop_, .log = observe::silent_log(), .background = loop_},
        AuditOptions());
    gateway_.emplace(GatewayParts{.access = *access_,
                                  .ingest = *ingest_,
                                  .blobs = *blobs_,
                                  .catalog = *catalog_,
                                  .delivery = *delivery_,
                                  .recovery = *recovery_,
                                  .audit = *audit_,
                                  .clock = loop_,
                                  .ids = ids_,
                                  .random = random_,
                                  .log = observe::silent_log(),
                                  .background = loop_},
                     QueueOptions());
    FG_CHECK(run(gateway_->start()).has_value(), "the gateway starts");
}

void World::stop_gateway() {
    run(stop(*gateway_, loop_.monotonic_now()));
    gateway_.reset();
    recovery_.reset();
    delivery_.reset();
    leases_.reset();
    breakers_.reset();
}

void World::restart_gateway() {
    stop_gateway();
    start_gateway();
}

std::string World::quota(std::string const& owner) {
    auto const quota = run(catalog_->quota_of(PrincipalId(owner))).value();
    return fmt::format("{} bytes in {} files, {} reserved", quota.used_bytes, quota.file_count,
                       quota.reserved_bytes);
}

bool World::is_quota_exact(std::string const& owner) {
    auto const files = run(catalog_->list_files(PrincipalId(owner), {.limit = 10'000}))->files;
    std::uint64_t bytes = 0;
    for (auto const& found : files)
        bytes += found.file.bytes;
    return quota(owner) == fmt::format("{} bytes in {} files, 0 reserved", bytes, files.size());
}

std::string World::content(FileId const& id) {
    return run(read_content(*gateway_, caller_, id)).value();
}

bool World::has_blob(Sha256Digest const& digest) {
    return run(blobs_->contains(digest)).value();
}

std::size_t World::staged_files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
}

}  // namespace filegate::gateway
