#pragma once
// A whole gateway on simulated time: memory stores, the sandbox as its providers, faults in every
// part by seed. It can lose its power at any instant and start again on what was durable.

#include "access/access_fakes.hpp"
#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"
#include "catalog/interposed_catalog.hpp"
#include "coordination/memory_breakers.hpp"
#include "coordination/memory_leases.hpp"
#include "gateway/breaker_keeper.hpp"
#include "gateway/catalog_ledger.hpp"
#include "gateway/gateway.hpp"
#include "sandbox/in_process_client.hpp"
#include "store/memory_blob_store.hpp"

namespace filegate::sim {

// How often what goes wrong, of 1000 calls.
struct Trouble {
    int catalog = 0;  // fails before it has changed anything
    int blobs = 0;
    int disk = 0;  // a write into the staging folder: it is full
    milliseconds catalog_delay_max{0};
};

struct WorldOptions {
    std::uint64_t seed = 1;
    std::vector<std::string> providers{"kimi", "glm-cn"};
    Trouble trouble;
    delivery::DeliveryOptions delivery;
    coordination::BreakerOptions breakers;
    gateway::RecoveryOptions recovery;
    gateway::QueueOptions queue;
};

// A copy as the sandbox holds it.
struct HeldCopy {
    std::string provider;
    std::string id;
    std::string purpose;
    std::string sha256;
};

class World {
public:
    explicit World(WorldOptions options);
    ~World();

    SimLoop& loop() { return loop_; }
    SeededRandom& random() { return random_; }
    gateway::Gateway& gateway();
    gateway::Recovery& recovery();
    coordination::MemoryBreakers& breakers();
    coordination::MemoryLeases& leases();
    catalog::Catalog& catalog() { return *catalog_; }  // without trouble
    store::BlobStore& blobs() { return *blobs_; }
    access::Principal const& caller() const { return caller_; }
    bool has_power() const { return node_ != nullptr; }

    void set_faults(std::vector<sandbox::Fault> const& faults);  // at the providers, from now on
    void set_trouble(Trouble trouble) { options_.trouble = trouble; }
    // Everything that runs is cut off; what was durable stays. The clients' tasks are the caller's.
    void lose_power();
    void start();

    std::vector<HeldCopy> copies();
    std::uint64_t uploads_at(std::string const& provider);  // requests to upload so far

    template <class T>
    T run(Task<T> task) {
        return loop_.run_task(std::move(task));
    }
    // Lets time pass; what runs goes on.
    void pass(milliseconds time) { loop_.run(loop_.monotonic_now() + time); }

private:
    class TroubledCatalog;
    class TroubledBlobs;
    class TroubledDisk;
    struct Node;

    bool is_struck(int of_1000);

    WorldOptions options_;
    SimLoop loop_;
    SeededRandom random_;
    IdSource ids_{loop_, random_};
    WorkerPool workers_{"inline", 0};
    ScratchFolder folder_;
    std::vector<contracts::Contract> contracts_;  // without limits on how many files
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<sandbox::InProcessClient> client_;
    std::unique_ptr<catalog::Catalog> catalog_;
    std::unique_ptr<store::BlobStore> blobs_;
    std::unique_ptr<TroubledCatalog> troubled_catalog_;
    std::unique_ptr<TroubledBlobs> troubled_blobs_;
    std::unique_ptr<TroubledDisk> troubled_disk_;
    std::unique_ptr<gateway::CatalogLedger> ledger_;
    std::unique_ptr<access::Access> access_;
    access::Principal caller_ = access::PrincipalFake::local();
    std::unique_ptr<Node> node_;
};

}  // namespace filegate::sim
