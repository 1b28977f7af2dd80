#pragma once
// A whole gateway for tests: simulated time, memory stores, one scripted provider behind a fake
// HTTP client, and a catalog and blob store whose calls can be made to fail one by one.

#include "access/access_fakes.hpp"
#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"
#include "catalog/memory_catalog.hpp"
#include "coordination/memory_breakers.hpp"
#include "coordination/memory_leases.hpp"
#include "gateway/catalog_ledger.hpp"
#include "gateway/gateway.hpp"
#include "store/memory_blob_store.hpp"

namespace filegate::gateway {

class FakeIncoming final : public IncomingFile {
public:
    FakeIncoming(UploadRequest request, std::string bytes)
        : request_(std::move(request)), source_(std::move(bytes)) {}

    void becomes_at_end(UploadRequest request) { at_end_ = std::move(request); }
    int reads() const { return reads_; }

    UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    UploadRequest request_;
    std::optional<UploadRequest> at_end_;
    MemorySource source_;
    int reads_ = 0;
};

// Answers every Files API call the way Kimi does, with `status`.
class FakeProvider final : public net::HttpClient {
public:
    Task<net::ClientResult> send(net::ClientRequest request) override;

    int status = 200;
    int requests = 0;
    int uploads = 0;   // that succeeded
    int removals = 0;  // that succeeded
};

// Counts steps, and fails the chosen one or lets something happen right before it.
class StepBreaker {
public:
    void fail_step(std::optional<int> step);
    void before_step(int step, std::function<void()> event);
    bool has_failed() const { return has_failed_; }
    bool breaks_now();

private:
    std::optional<int> step_;
    std::function<void()> event_;  // instead of the failure, when there is one
    int count_ = 0;
    bool has_failed_ = false;
};

class World {
public:
    World();
    ~World();

    template <class T>
    T run(Task<T> task) {
        return loop_.run_task(std::move(task));
    }
    Gateway& gateway() { return *gateway_; }
    Audit& audit() { return *audit_; }
    Recovery& recovery() { return *recovery_; }
    catalog::Catalog& catalog() { return *catalog_; }
    delivery::Account const& account() { return delivery_->accounts().front(); }
    coordination::Leases& leases() { return *leases_; }
    coordination::Breakers& breakers() { return *breakers_; }
    store::BlobStore& blobs() { return *blobs_; }
    delivery::Delivery& delivery() { return *delivery_; }
    access::Access& access() { return *access_; }
    // "12 bytes in 1 files, 0 reserved"; and whether that is the sum of the owner's files.
    std::string quota(std::string const& owner = "local");
    bool is_quota_exact(std::string const& owner = "local");
    SimLoop& loop() { return loop_; }
    IdSource& ids() { return ids_; }
    FakeProvider& provider() { return provider_; }
    access::Principal const& caller() const { return caller_; }

    void restart_gateway();
    void finish_background() { loop_.run(); }
    void fail_step(std::optional<int> step) { breaker_.fail_step(step); }
    // Counted from now; `event` may not wait for anything.
    void before_step(int step, std::function<void()> event) {
        breaker_.before_step(step, std::move(event));
    }
    bool has_failed() const { return breaker_.has_failed(); }
    std::string content(FileId const& id);
    bool has_blob(Sha256Digest const& digest);
    std::size_t staged_files() const;

private:
    void start_gateway();
    void stop_gateway();

    SimLoop loop_;
    SeededRandom random_{1};
    IdSource ids_{loop_, random_};
    WorkerPool workers_{"inline", 0};
    ScratchFolder folder_;
    std::optional<store::StagingArea> staging_;
    std::optional<ingest::Ingest> ingest_;
    StepBreaker breaker_;
    std::unique_ptr<catalog::Catalog> catalog_;
    std::unique_ptr<store::BlobStore> blobs_;
    FakeProvider provider_;
    std::optional<CatalogLedger> ledger_;
    std::optional<access::Access> access_;
    access::Principal caller_ = access::PrincipalFake::local();
    std::optional<coordination::MemoryBreakers> breakers_;
    std::optional<coordination::MemoryLeases> leases_;
    std::optional<delivery::Delivery> delivery_;
    std::optional<Recovery> recovery_;
    std::optional<Audit> audit_;
    std::optional<Gateway> gateway_;
};

}  // namespace filegate::gateway
