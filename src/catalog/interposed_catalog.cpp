#include "catalog/interposed_catalog.hpp"

namespace filegate::catalog {

Task<Result<AddedFile>> InterposedCatalog::add_file(NewFile file) {
    CO_TRY(co_await before());
    co_return co_await real_.add_file(std::move(file));
}

Task<Result<FileWithPlacements>> InterposedCatalog::find_file(PrincipalId owner, FileId id) {
    CO_TRY(co_await before());
    co_return co_await real_.find_file(std::move(owner), std::move(id));
}

Task<Result<FileRecord>> InterposedCatalog::file_record(FileId id) {
    CO_TRY(co_await before());
    co_return co_await real_.file_record(std::move(id));
}

Task<Result<FilePage>> InterposedCatalog::list_files(std::optional<PrincipalId> owner,
                                                     ListQuery query) {
    CO_TRY(co_await before());
    co_return co_await real_.list_files(std::move(owner), std::move(query));
}

Task<Result<DeletedFile>> InterposedCatalog::delete_file(PrincipalId owner, FileId id, WallTime now,
                                                         Cause cause) {
    CO_TRY(co_await before());
    co_return co_await real_.delete_file(std::move(owner), std::move(id), now, std::move(cause));
}

Task<Result<void>> InterposedCatalog::set_file_status(FileId id, FileStatus status,
                                                      std::string details) {
    CO_TRY(co_await before());
    co_return co_await real_.set_file_status(std::move(id), status, std::move(details));
}

Task<Result<bool>> InterposedCatalog::is_blob_used(Sha256Digest sha256) {
    CO_TRY(co_await before());
    co_return co_await real_.is_blob_used(sha256);
}

Task<Result<std::optional<PlacementRecord>>> InterposedCatalog::find_placement(PlacementKey key,
                                                                               WallTime now) {
    CO_TRY(co_await before());
    co_return co_await real_.find_placement(std::move(key), now);
}

Task<Result<void>> InterposedCatalog::link_placement(FileId file, PlacementId placement,
                                                     WallTime now) {
    CO_TRY(co_await before());
    co_return co_await real_.link_placement(std::move(file), std::move(placement), now);
}

Task<Result<void>> InterposedCatalog::set_placement_status(PlacementId placement,
                                                           PlacementStatus status) {
    CO_TRY(co_await before());
    co_return co_await real_.set_placement_status(std::move(placement), status);
}

Task<Result<std::vector<PlacementRecord>>> InterposedCatalog::placements_with_status(
    PlacementStatus status, std::size_t limit) {
    CO_TRY(co_await before());
    co_return co_await real_.placements_with_status(status, limit);
}

Task<Result<void>> InterposedCatalog::begin_intent(IntentRecord intent) {
    CO_TRY(co_await before());
    co_return co_await real_.begin_intent(std::move(intent));
}

Task<Result<void>> InterposedCatalog::finish_intent(IntentId intent, PlacementRecord placement) {
    CO_TRY(co_await before());
    co_return co_await real_.finish_intent(std::move(intent), std::move(placement));
}

Task<Result<void>> InterposedCatalog::discard_intent(IntentId intent, PlacementRecord placement) {
    CO_TRY(co_await before());
    co_return co_await real_.discard_intent(std::move(intent), std::move(placement));
}

Task<Result<void>> InterposedCatalog::abandon_intent(IntentId intent) {
    CO_TRY(co_await before());
    co_return co_await real_.abandon_intent(std::move(intent));
}

Task<Result<std::vector<IntentRecord>>> InterposedCatalog::open_intents(
    std::size_t limit, std::optional<IntentRecord> after) {
    CO_TRY(co_await before());
    co_return co_await real_.open_intents(limit, std::move(after));
}

Task<Result<std::vector<IntentRecord>>> InterposedCatalog::open_intents_of(PlacementKey key) {
    CO_TRY(co_await before());
    co_return co_await real_.open_intents_of(std::move(key));
}

Task<Result<std::vector<IntentRecord>>> InterposedCatalog::open_intents_like(PlacementKey key,
                                                                             std::uint64_t bytes) {
    CO_TRY(co_await before());
    co_return co_await real_.open_intents_like(std::move(key), bytes);
}

Task<Result<void>> InterposedCatalog::note_finding(IntentId intent, std::string finding,
                                                   WallTime now) {
    CO_TRY(co_await before());
    co_return co_await real_.note_finding(std::move(intent), std::move(finding), now);
}

Task<Result<std::vector<ProviderFileId>>> InterposedCatalog::recorded_copies(
    ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) {
    CO_TRY(co_await before());
    co_return co_await real_.recorded_copies(std::move(provider), std::move(account),
                                             std::move(ids));
}

Task<Result<void>> InterposedCatalog::queue_delivery(QueuedDelivery delivery) {
    CO_TRY(co_await before());
    co_return co_await real_.queue_delivery(std::move(delivery));
}

Task<Result<std::vector<QueuedDelivery>>> InterposedCatalog::due_deliveries(
    WallTime now, std::size_t limit, std::vector<DeliveryId> except) {
    CO_TRY(co_await before());
    co_return co_await real_.due_deliveries(now, limit, std::move(except));
}

Task<Result<std::uint64_t>> InterposedCatalog::count_deliveries() {
    CO_TRY(co_await before());
    co_return co_await real_.count_deliveries();
}

Task<Result<void>> InterposedCatalog::postpone_delivery(QueuedDelivery delivery) {
    CO_TRY(co_await before());
    co_return co_await real_.postpone_delivery(std::move(delivery));
}

Task<Result<void>> InterposedCatalog::end_delivery(DeliveryId delivery) {
    CO_TRY(co_await before());
    co_return co_await real_.end_delivery(std::move(delivery));
}

Task<Result<void>> InterposedCatalog::save_breaker(BreakerRecord breaker) {
    CO_TRY(co_await before());
    co_return co_await real_.save_breaker(std::move(breaker));
}

Task<Result<std::vector<BreakerRecord>>> InterposedCatalog::breakers() {
    CO_TRY(co_await before());
    co_return co_await real_.breakers();
}

Task<Result<void>> InterposedCatalog::add_event(EventRecord event) {
    CO_TRY(co_await before());
    co_return co_await real_.add_event(std::move(event));
}

Task<Result<void>> InterposedCatalog::add_events(std::vector<EventRecord> events) {
    CO_TRY(co_await before());
    co_return co_await real_.add_events(std::move(events));
}

Task<Result<AuditPage>> InterposedCatalog::audit_page(AuditQuery query) {
    CO_TRY(co_await before());
    co_return co_await real_.audit_page(std::move(query));
}

Task<Result<std::uint64_t>> InterposedCatalog::cut_audit(AuditCut cut) {
    CO_TRY(co_await before());
    co_return co_await real_.cut_audit(cut);
}

Task<Result<std::vector<EventRecord>>> InterposedCatalog::events(std::size_t limit) {
    CO_TRY(co_await before());
    co_return co_await real_.events(limit);
}

Task<Result<std::vector<PurposeMemory>>> InterposedCatalog::purpose_memories() {
    CO_TRY(co_await before());
    co_return co_await real_.purpose_memories();
}

Task<Result<void>> InterposedCatalog::remember_purpose(PurposeMemory memory) {
    CO_TRY(co_await before());
    co_return co_await real_.remember_purpose(std::move(memory));
}

Task<Result<std::string>> InterposedCatalog::settle(std::string name, std::string value) {
    CO_TRY(co_await before());
    co_return co_await real_.settle(std::move(name), std::move(value));
}

Task<Result<void>> InterposedCatalog::revoke_token(RevocationRecord revocation, WallTime now) {
    CO_TRY(co_await before());
    co_return co_await real_.revoke_token(std::move(revocation), now);
}

Task<Result<std::vector<RevocationRecord>>> InterposedCatalog::revocations(WallTime now) {
    CO_TRY(co_await before());
    co_return co_await real_.revocations(now);
}

Task<Result<std::uint64_t>> InterposedCatalog::reserve_quota(QuotaAsk ask) {
    CO_TRY(co_await before());
    co_return co_await real_.reserve_quota(std::move(ask));
}

void InterposedCatalog::release_reservation(ReservationId const& id) noexcept {
    real_.release_reservation(id);
}

Task<Result<QuotaRecord>> InterposedCatalog::quota_of(PrincipalId owner) {
    CO_TRY(co_await before());
    co_return co_await real_.quota_of(std::move(owner));
}

Task<Result<QuotaRecord>> InterposedCatalog::set_quota(PrincipalId owner,
                                                       std::optional<std::uint64_t> limit_bytes) {
    CO_TRY(co_await before());
    co_return co_await real_.set_quota(std::move(owner), limit_bytes);
}

Task<Result<std::vector<QuotaRecord>>> InterposedCatalog::quotas(std::size_t limit,
                                                                 std::optional<PrincipalId> after) {
    CO_TRY(co_await before());
    co_return co_await real_.quotas(limit, std::move(after));
}

Task<Result<void>> InterposedCatalog::check() {
    CO_TRY(co_await before());
    co_return co_await real_.check();
}

}  // namespace filegate::catalog
