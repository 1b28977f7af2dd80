#pragma once
// A catalog before which something happens on every call: it may take time, or fail the call before
// it has changed anything.

#include "catalog/catalog.hpp"

namespace filegate::sim {

enum class CallKind : std::uint8_t { read, write };

class InterposedCatalog : public catalog::Catalog {
public:
    explicit InterposedCatalog(catalog::Catalog& real) : real_(real) {}

    Task<Result<catalog::AddedFile>> add_file(catalog::NewFile file) override;
    Task<Result<catalog::FileWithPlacements>> find_file(PrincipalId owner, FileId id) override;
    Task<Result<catalog::FileRecord>> file_record(FileId id) override;
    Task<Result<catalog::FilePage>> list_files(PrincipalId owner,
                                               catalog::ListQuery query) override;
    Task<Result<catalog::DeletedFile>> delete_file(PrincipalId owner, FileId id,
                                                   WallTime now) override;
    Task<Result<void>> set_file_status(FileId id, catalog::FileStatus status,
                                       std::string details) override;
    Task<Result<bool>> is_blob_used(Sha256Digest sha256) override;
    Task<Result<std::optional<catalog::PlacementRecord>>> find_placement(catalog::PlacementKey key,
                                                                         WallTime now) override;
    Task<Result<void>> link_placement(FileId file, PlacementId placement) override;
    Task<Result<void>> set_placement_status(PlacementId placement,
                                            catalog::PlacementStatus status) override;
    Task<Result<std::vector<catalog::PlacementRecord>>> placements_with_status(
        catalog::PlacementStatus status, std::size_t limit) override;
    Task<Result<void>> begin_intent(catalog::IntentRecord intent) override;
    Task<Result<void>> finish_intent(IntentId intent, catalog::PlacementRecord placement) override;
    Task<Result<void>> discard_intent(IntentId intent, catalog::PlacementRecord placement) override;
    Task<Result<void>> abandon_intent(IntentId intent) override;
    Task<Result<std::vector<catalog::IntentRecord>>> open_intents(
        std::size_t limit, std::optional<catalog::IntentRecord> after) override;
    Task<Result<std::vector<catalog::IntentRecord>>> open_intents_of(
        catalog::PlacementKey key) override;
    Task<Result<std::vector<catalog::IntentRecord>>> open_intents_like(
        catalog::PlacementKey key, std::uint64_t bytes) override;
    Task<Result<void>> note_finding(IntentId intent, std::string finding, WallTime now) override;
    Task<Result<std::vector<ProviderFileId>>> recorded_copies(
        ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) override;
    Task<Result<void>> queue_delivery(catalog::QueuedDelivery delivery) override;
    Task<Result<std::vector<catalog::QueuedDelivery>>> due_deliveries(
        WallTime now, std::size_t limit, std::vector<DeliveryId> except) override;
    Task<Result<std::optional<WallTime>>> next_delivery_at() override;
    Task<Result<std::uint64_t>> count_deliveries() override;
    Task<Result<void>> postpone_delivery(catalog::QueuedDelivery delivery) override;
    Task<Result<void>> end_delivery(DeliveryId delivery) override;
    Task<Result<void>> save_breaker(catalog::BreakerRecord breaker) override;
    Task<Result<std::vector<catalog::BreakerRecord>>> breakers() override;
    Task<Result<void>> add_event(catalog::EventRecord event) override;
    Task<Result<std::vector<catalog::EventRecord>>> events(std::size_t limit) override;
    Task<Result<std::vector<catalog::PurposeMemory>>> purpose_memories() override;
    Task<Result<void>> remember_purpose(catalog::PurposeMemory memory) override;
    Task<Result<void>> check() override;

protected:
    virtual Task<Result<void>> before(CallKind kind) = 0;

private:
    catalog::Catalog& real_;
};

}  // namespace filegate::sim
