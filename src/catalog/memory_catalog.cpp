#include "catalog/memory_catalog.hpp"

#include "catalog/file_events.hpp"
#include "catalog/memory_audit.hpp"
#include "catalog/memory_operations.hpp"
#include "catalog/memory_queue.hpp"
#include "catalog/memory_quotas.hpp"
#include "catalog/memory_tables.hpp"
#include "catalog/memory_tokens.hpp"

namespace filegate::catalog {
namespace {

class MemoryCatalog final : public Catalog {
public:
    Task<Result<AddedFile>> add_file(NewFile file) override {
        std::scoped_lock const lock(mutex_);
        CO_TRY(quotas_.check_covers(file));
        CO_TRY(auto added, tables_.add_file(file));
        if (added.is_new_record) quotas_.charge(file.owner, file.bytes);
        if (file.reservation) quotas_.release(*file.reservation);
        audit_.append(file_added(file, added));
        co_return added;
    }
    Task<Result<FileWithPlacements>> find_file(PrincipalId owner, FileId id) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.find_file(owner, id);
    }
    Task<Result<FileRecord>> file_record(FileId id) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.file_record(id);
    }
    Task<Result<FilePage>> list_files(std::optional<PrincipalId> owner, ListQuery query) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.list_files(owner, query);
    }
    Task<Result<DeletedFile>> delete_file(PrincipalId owner, FileId id, WallTime now,
                                          Cause cause) override {
        std::scoped_lock const lock(mutex_);
        CO_TRY(auto deleted, tables_.delete_file(owner, id));
        queue_.end_all_of(id);
        quotas_.give_back(owner, deleted.file.bytes);
        audit_.append(file_deleted(deleted.file, cause, now));
        co_return deleted;
    }
    Task<Result<void>> set_file_status(FileId id, FileStatus status, std::string details) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.set_file_status(id, status, details);
    }
    Task<Result<bool>> is_blob_used(Sha256Digest sha256) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.is_blob_used(sha256);
    }
    Task<Result<std::optional<PlacementRecord>>> find_placement(PlacementKey key,
                                                                WallTime now) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.find_placement(key, now);
    }
    Task<Result<void>> link_placement(FileId file, PlacementId placement, WallTime now) override {
        std::scoped_lock const lock(mutex_);
        CO_TRY(auto const known, tables_.file_record(file));
        CO_TRY(auto const linked, tables_.link_placement(file, placement));
        if (linked) audit_.append(file_linked(known, *linked, now));
        co_return {};
    }
    Task<Result<void>> set_placement_status(PlacementId placement,
                                            PlacementStatus status) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.set_placement_status(placement, status);
    }
    Task<Result<std::vector<PlacementRecord>>> placements_with_status(PlacementStatus status,
                                                                      std::size_t limit) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.placements_with_status(status, limit);
    }
    Task<Result<void>> begin_intent(IntentRecord intent) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.begin_intent(intent);
    }
    Task<Result<void>> finish_intent(IntentId intent, PlacementRecord placement) override {
        std::scoped_lock const lock(mutex_);
        auto const* const open = tables_.intents().find(intent);
        auto const file = open != nullptr ? open->file : FileId();
        CO_TRY(tables_.finish_intent(intent, placement));
        if (auto const known = tables_.file_record(file)) {
            audit_.append(file_delivered(*known, placement));
        }
        co_return {};
    }
    Task<Result<void>> discard_intent(IntentId intent, PlacementRecord placement) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.discard_intent(intent, placement);
    }
    Task<Result<void>> abandon_intent(IntentId intent) override {
        std::scoped_lock const lock(mutex_);
        tables_.intents().remove(intent);
        co_return {};
    }
    Task<Result<std::vector<IntentRecord>>> open_intents(
        std::size_t limit, std::optional<IntentRecord> after) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.intents().list(limit, after);
    }
    Task<Result<std::vector<IntentRecord>>> open_intents_of(PlacementKey key) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.intents().of(key);
    }
    Task<Result<std::vector<IntentRecord>>> open_intents_like(PlacementKey key,
                                                              std::uint64_t bytes) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.intents().like(key, bytes);
    }
    Task<Result<void>> note_finding(IntentId intent, std::string finding, WallTime now) override {
        std::scoped_lock const lock(mutex_);
        tables_.intents().note_finding(intent, std::move(finding), now);
        co_return {};
    }
    Task<Result<std::vector<ProviderFileId>>> recorded_copies(
        ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.recorded_copies(provider, account, ids);
    }

    Task<Result<void>> queue_delivery(QueuedDelivery delivery) override {
        std::scoped_lock const lock(mutex_);
        CO_TRY(tables_.file_record(delivery.file));
        co_return queue_.add(delivery);
    }
    Task<Result<std::vector<QueuedDelivery>>> due_deliveries(
        WallTime now, std::size_t limit, std::vector<DeliveryId> except) override {
        std::scoped_lock const lock(mutex_);
        co_return queue_.due(now, limit, except);
    }
    Task<Result<std::uint64_t>> count_deliveries() override {
        std::scoped_lock const lock(mutex_);
        co_return queue_.size();
    }
    Task<Result<void>> postpone_delivery(QueuedDelivery delivery) override {
        std::scoped_lock const lock(mutex_);
        queue_.postpone(delivery);
        co_return {};
    }
    Task<Result<void>> end_delivery(DeliveryId delivery) override {
        std::scoped_lock const lock(mutex_);
        queue_.end(delivery);
        co_return {};
    }

    Task<Result<void>> save_breaker(BreakerRecord breaker) override {
        std::scoped_lock const lock(mutex_);
        operations_.save_breaker(breaker);
        co_return {};
    }
    Task<Result<std::vector<BreakerRecord>>> breakers() override {
        std::scoped_lock const lock(mutex_);
        co_return operations_.breakers();
    }
    Task<Result<void>> add_event(EventRecord event) override {
        std::scoped_lock const lock(mutex_);
        audit_.append(event);
        co_return {};
    }
    Task<Result<std::vector<EventRecord>>> events(std::size_t limit) override {
        std::scoped_lock const lock(mutex_);
        co_return audit_.latest(limit);
    }
    Task<Result<void>> add_events(std::vector<EventRecord> events) override {
        std::scoped_lock const lock(mutex_);
        for (auto const& event : events)
            audit_.append(event);
        co_return {};
    }
    Task<Result<AuditPage>> audit_page(AuditQuery query) override {
        std::scoped_lock const lock(mutex_);
        co_return audit_.page(query);
    }
    Task<Result<std::uint64_t>> cut_audit(AuditCut cut) override {
        std::scoped_lock const lock(mutex_);
        co_return audit_.cut(cut);
    }

    Task<Result<std::vector<PurposeMemory>>> purpose_memories() override {
        std::scoped_lock const lock(mutex_);
        co_return tables_.purpose_memories();
    }
    Task<Result<void>> remember_purpose(PurposeMemory memory) override {
        std::scoped_lock const lock(mutex_);
        tables_.remember_purpose(memory);
        co_return {};
    }
    Task<Result<std::string>> settle(std::string name, std::string value) override {
        std::scoped_lock const lock(mutex_);
        co_return tokens_.settle(name, value);
    }
    Task<Result<void>> revoke_token(RevocationRecord revocation, WallTime now) override {
        std::scoped_lock const lock(mutex_);
        co_return tokens_.revoke(revocation, now);
    }
    Task<Result<std::vector<RevocationRecord>>> revocations(WallTime now) override {
        std::scoped_lock const lock(mutex_);
        co_return tokens_.revocations(now);
    }
    Task<Result<std::uint64_t>> reserve_quota(QuotaAsk ask) override {
        std::scoped_lock const lock(mutex_);
        co_return quotas_.reserve(ask);
    }
    void release_reservation(ReservationId const& id) noexcept override {
        std::scoped_lock const lock(mutex_);
        quotas_.release(id);
    }
    Task<Result<QuotaRecord>> quota_of(PrincipalId owner) override {
        std::scoped_lock const lock(mutex_);
        co_return quotas_.of(owner);
    }
    Task<Result<QuotaRecord>> set_quota(PrincipalId owner,
                                        std::optional<std::uint64_t> limit_bytes) override {
        std::scoped_lock const lock(mutex_);
        co_return quotas_.set_limit(owner, limit_bytes);
    }
    Task<Result<std::vector<QuotaRecord>>> quotas(std::size_t limit,
                                                  std::optional<PrincipalId> after) override {
        std::scoped_lock const lock(mutex_);
        co_return quotas_.list(limit, after);
    }
    Task<Result<void>> check() override { co_return {}; }

private:
    std::mutex mutex_;
    memory::Tables tables_;
    memory::Queue queue_;
    memory::Operations operations_;
    memory::AuditTrail audit_;
    memory::Tokens tokens_;
    memory::Quotas quotas_;
};

}  // namespace

std::unique_ptr<Catalog> make_memory_catalog() {
    return std::make_unique<MemoryCatalog>();
}

}  // namespace filegate::catalog
