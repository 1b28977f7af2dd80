#pragma once
// What we hold, who owns it, where it went. Every implementation passes catalog_conformance.hpp.
// Any executor may call. Writes are durable when they return. A foreign file is the same
// file_not_found as an unknown one, and so is a deleted one. Errors: file_not_found,
// concurrent_upload where said, database_error, store_full, catalog_corrupt, overloaded. A failed
// write has changed nothing.

#include <span>

#include "base/result.hpp"
#include "base/task.hpp"
#include "catalog/audit_book.hpp"
#include "catalog/queries.hpp"
#include "catalog/quota_book.hpp"
#include "catalog/token_book.hpp"

namespace filegate::catalog {

// Every change of a file is a row of the audit trail in the same transaction.
class Catalog : public AuditBook, public TokenBook, public QuotaBook {
public:
    // Its owner is charged when a new record is made, in the same transaction.
    virtual Task<Result<AddedFile>> add_file(NewFile file) = 0;
    // Files past their expires_at are found and listed until they are deleted.
    virtual Task<Result<FileWithPlacements>> find_file(PrincipalId owner, FileId id) = 0;
    // Whoever owns it: for work that outlives the request of its owner.
    virtual Task<Result<FileRecord>> file_record(FileId id) = 0;
    virtual Task<Result<FilePage>> list_files(std::optional<PrincipalId> owner,  // none: everybody
                                              ListQuery query) = 0;
    // No call sees the file from here on; the record is kept with deleted_at and its reason. Its
    // owner has the bytes back in the same transaction.
    virtual Task<Result<DeletedFile>> delete_file(PrincipalId owner, FileId id, WallTime now,
                                                  Cause cause = {}) = 0;
    // `failed` leaves a file that is placed somewhere as it is.
    virtual Task<Result<void>> set_file_status(FileId id, FileStatus status,
                                               std::string details) = 0;

    // Does any live file have these bytes?
    virtual Task<Result<bool>> is_blob_used(Sha256Digest sha256) = 0;

    // A live placement that has not expired at `now`.
    virtual Task<Result<std::optional<PlacementRecord>>> find_placement(PlacementKey key,
                                                                        WallTime now) = 0;
    // The file is `placed`, by a placement that exists already; doing it again changes nothing.
    // concurrent_upload: the placement is live no more (its last file was deleted a moment ago), so
    // the file needs a delivery of its own.
    virtual Task<Result<void>> link_placement(FileId file, PlacementId placement, WallTime now) = 0;
    // Files whose last live placement this was are `kept` again; making it live again places them.
    // concurrent_upload: its key has another live placement. file_not_found: no such placement.
    virtual Task<Result<void>> set_placement_status(PlacementId placement,
                                                    PlacementStatus status) = 0;
    virtual Task<Result<std::vector<PlacementRecord>>> placements_with_status(
        PlacementStatus status, std::size_t limit) = 0;  // by id

    virtual Task<Result<void>> begin_intent(IntentRecord intent) = 0;  // for a live file
    // One transaction: the placement is live (whatever status it came with) and linked to the
    // intent's file, the file is `placed`, the intent is gone. When the key has a live placement
    // already (a race that was lost), fails with concurrent_upload and changes nothing; one that
    // had expired when the new one was created becomes `deleting` and makes room. An intent that is
    // not open is concurrent_upload too, unless this placement is there already.
    // When the file was deleted meanwhile the placement is kept as `deleting`, so that the
    // provider's copy is found again, the intent is gone and the answer is file_not_found.
    virtual Task<Result<void>> finish_intent(IntentId intent, PlacementRecord placement) = 0;
    // The provider's copy must not be used: its placement is `deleting`, linked to no file, and the
    // intent is gone. One that is not open is answered as above.
    virtual Task<Result<void>> discard_intent(IntentId intent, PlacementRecord placement) = 0;
    // The provider has no copy. Unknown intents are no error: it may be told twice.
    virtual Task<Result<void>> abandon_intent(IntentId intent) = 0;
    // Oldest first (by started_at, then id), those after `after` in that order when it is given.
    virtual Task<Result<std::vector<IntentRecord>>> open_intents(
        std::size_t limit, std::optional<IntentRecord> after = {}) = 0;
    // For one key. / For any bytes of this size at this account and purpose, whoever sends them:
    // their copies cannot be told apart in a provider's list but by name. In the same order, the
    // first list_limit_max of them.
    virtual Task<Result<std::vector<IntentRecord>>> open_intents_of(PlacementKey key) = 0;
    virtual Task<Result<std::vector<IntentRecord>>> open_intents_like(PlacementKey key,
                                                                      std::uint64_t bytes) = 0;
    // What looking into it gave; unknown intents are no error.
    virtual Task<Result<void>> note_finding(IntentId intent, std::string finding, WallTime now) = 0;
    // Those of `ids`, in their order, that a placement of this account has or had, whatever became
    // of it: a list read a moment ago may still show a copy that was removed since.
    virtual Task<Result<std::vector<ProviderFileId>>> recorded_copies(
        ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) = 0;

    // The background's work list. Adding one for a file that is gone is file_not_found; deleting a
    // file ends its deliveries.
    virtual Task<Result<void>> queue_delivery(QueuedDelivery delivery) = 0;
    // With next_try_at <= now, in the order of (next_try_at, id), but for those in `except`.
    virtual Task<Result<std::vector<QueuedDelivery>>> due_deliveries(
        WallTime now, std::size_t limit, std::vector<DeliveryId> except) = 0;
    virtual Task<Result<std::uint64_t>> count_deliveries() = 0;
    // Providers, next_try_at, tries and last_error are changed. Unknown ones are no error.
    virtual Task<Result<void>> postpone_delivery(QueuedDelivery delivery) = 0;
    virtual Task<Result<void>> end_delivery(DeliveryId delivery) = 0;

    virtual Task<Result<void>> save_breaker(BreakerRecord breaker) = 0;  // one per key, the last
    virtual Task<Result<std::vector<BreakerRecord>>> breakers() = 0;     // by provider, transport

    // By provider, account and asked purpose; the last word remembered for each.
    virtual Task<Result<std::vector<PurposeMemory>>> purpose_memories() = 0;
    virtual Task<Result<void>> remember_purpose(PurposeMemory memory) = 0;

    virtual Task<Result<void>> check() = 0;  // can it write? for readiness
};

}  // namespace filegate::catalog
