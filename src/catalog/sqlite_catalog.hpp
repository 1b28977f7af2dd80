#pragma once
// The catalog in one SQLite file: one writer thread that shares flushes among writes, a few reader
// threads beside it. For one process at a time; the file may be read by other programs meanwhile.

#include "catalog/catalog.hpp"
#include "catalog/quota_accounts.hpp"
#include "db/group_writer.hpp"
#include "db/reader_pool.hpp"

namespace filegate::catalog {

struct SqliteCatalogOptions {
    std::size_t reader_threads = 2;
    milliseconds busy_timeout{1000};         // how long to wait for another program's lock
    std::uint64_t mmap_bytes = 1ULL << 30;   // address space; memory only as pages are read
    std::uint64_t cache_bytes = 8ULL << 20;  // of pages, at most, for each thread
    std::uint32_t wal_pages_max = 4000;      // 16 MiB of log, then it moves into the file
    db::GroupWriterOptions writes;
    std::string vfs;  // SQLite's name of the file layer; empty: the system's
};

class SqliteCatalog final : public Catalog {
public:
    // Opens or makes the catalog and brings its schema up to date. Blocks: for start-up only. Fails
    // with a message for the operator when the folder is missing, the file is locked, damaged, not
    // a Filegate catalog or of a newer release; the file is then as it was.
    static Result<std::unique_ptr<SqliteCatalog>> open(std::filesystem::path const& path,
                                                       SqliteCatalogOptions const& options,
                                                       Clock const& clock);
    ~SqliteCatalog() override;  // finishes queued calls; whoever awaits one must still be there

    Task<Result<AddedFile>> add_file(NewFile file) override;
    Task<Result<FileWithPlacements>> find_file(PrincipalId owner, FileId id) override;
    Task<Result<FileRecord>> file_record(FileId id) override;
    Task<Result<FilePage>> list_files(std::optional<PrincipalId> owner, ListQuery query) override;
    Task<Result<DeletedFile>> delete_file(PrincipalId owner, FileId id, WallTime now,
                                          Cause cause = {}) override;
    Task<Result<void>> set_file_status(FileId id, FileStatus status, std::string details) override;
    Task<Result<bool>> is_blob_used(Sha256Digest sha256) override;

    Task<Result<std::optional<PlacementRecord>>> find_placement(PlacementKey key,
                                                                WallTime now) override;
    Task<Result<void>> link_placement(FileId file, PlacementId placement, WallTime now) override;
    Task<Result<void>> set_placement_status(PlacementId placement, PlacementStatus status) override;
    Task<Result<std::vector<PlacementRecord>>> placements_with_status(PlacementStatus status,
                                                                      std::size_t limit) override;

    Task<Result<void>> begin_intent(IntentRecord intent) override;
    Task<Result<void>> finish_intent(IntentId intent, PlacementRecord placement) override;
    Task<Result<void>> discard_intent(IntentId intent, PlacementRecord placement) override;
    Task<Result<void>> abandon_intent(IntentId intent) override;
    Task<Result<std::vector<IntentRecord>>> open_intents(
        std::size_t limit, std::optional<IntentRecord> after = {}) override;
    Task<Result<std::vector<IntentRecord>>> open_intents_of(PlacementKey key) override;
    Task<Result<std::vector<IntentRecord>>> open_intents_like(PlacementKey key,
                                                              std::uint64_t bytes) override;
    Task<Result<void>> note_finding(IntentId intent, std::string finding, WallTime now) override;
    Task<Result<std::vector<ProviderFileId>>> recorded_copies(
        ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) override;

    Task<Result<void>> queue_delivery(QueuedDelivery delivery) override;
    Task<Result<std::vector<QueuedDelivery>>> due_deliveries(
        WallTime now, std::size_t limit, std::vector<DeliveryId> except) override;
    Task<Result<std::uint64_t>> count_deliveries() override;
    Task<Result<void>> postpone_delivery(QueuedDelivery delivery) override;
    Task<Result<void>> end_delivery(DeliveryId delivery) override;

    Task<Result<void>> save_breaker(BreakerRecord breaker) override;
    Task<Result<std::vector<BreakerRecord>>> breakers() override;
    Task<Result<void>> add_event(EventRecord event) override;
    Task<Result<void>> add_events(std::vector<EventRecord> events) override;
    Task<Result<std::vector<EventRecord>>> events(std::size_t limit) override;
    Task<Result<AuditPage>> audit_page(AuditQuery query) override;
    Task<Result<std::uint64_t>> cut_audit(AuditCut cut) override;

    Task<Result<std::vector<PurposeMemory>>> purpose_memories() override;
    Task<Result<void>> remember_purpose(PurposeMemory memory) override;

    Task<Result<std::string>> settle(std::string name, std::string value) override;
    Task<Result<void>> revoke_token(RevocationRecord revocation, WallTime now) override;
    Task<Result<std::vector<RevocationRecord>>> revocations(WallTime now) override;

    Task<Result<std::uint64_t>> reserve_quota(QuotaAsk ask) override;
    void release_reservation(ReservationId const& id) noexcept override;
    Task<Result<QuotaRecord>> quota_of(PrincipalId owner) override;
    Task<Result<QuotaRecord>> set_quota(PrincipalId owner,
                                        std::optional<std::uint64_t> limit_bytes) override;
    Task<Result<std::vector<QuotaRecord>>> quotas(std::size_t limit,
                                                  std::optional<PrincipalId> after) override;
    Task<Result<void>> check() override;

private:
    SqliteCatalog(std::unique_ptr<db::ReaderPool> readers, std::unique_ptr<db::Connection> writer,
                  db::GroupWriterOptions writes)
        : writer_(std::move(writer), writes), readers_(std::move(readers)) {}

    Task<Result<QuotaRecord>> load_quota(PrincipalId owner);

    QuotaAccounts quotas_;
    // The readers go first: the writer's last checkpoint then has the file to itself.
    db::GroupWriter writer_;
    std::unique_ptr<db::ReaderPool> readers_;
};

}  // namespace filegate::catalog
