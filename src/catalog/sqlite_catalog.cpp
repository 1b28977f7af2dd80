// Each call hands its work to the writer's or a reader's thread. The work only looks at the call's
// own arguments, which stay in the coroutine's frame until it is done: it may run twice.

#include "catalog/sqlite_catalog.hpp"

#include "catalog/migrations.hpp"
#include "catalog/refusals.hpp"
#include "catalog/sqlite_audit.hpp"
#include "catalog/sqlite_files.hpp"
#include "catalog/sqlite_intents.hpp"
#include "catalog/sqlite_operations.hpp"
#include "catalog/sqlite_placements.hpp"
#include "catalog/sqlite_queue.hpp"
#include "catalog/sqlite_quotas.hpp"
#include "catalog/sqlite_tokens.hpp"

namespace filegate::catalog {
namespace {

using db::Connection;

constexpr db::Sql count_check{"checking that the catalog can write",
                              "UPDATE write_checks SET checks = checks + 1 WHERE id = 1"};

Result<void> chain_older_events(Connection& connection) {
    db::Transaction transaction(connection);
    TRY(transaction.begin_write());
    TRY(sqlite::chain_older_events(connection));
    return transaction.commit();
}

Result<void> prepare(Connection& connection, Clock const& clock) {
    TRY(db::migrate(connection, sqlite_migrations(), clock));
    // In WAL mode another program's lock shows at the first write only: better now than in a
    // request.
    TRY(connection.run(count_check));
    return chain_older_events(connection);
}

}  // namespace

Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(std::filesystem::path const& path,
                                                           SqliteCatalogOptions const& options,
                                                           Clock const& clock) {
    db::SqliteOptions const file{.path = path,
                                 .what = "catalog",
                                 .application_id = catalog_application_id,
                                 .busy_timeout = options.busy_timeout,
                                 .mmap_bytes = options.mmap_bytes,
                                 .cache_bytes = options.cache_bytes,
                                 .wal_pages_max = options.wal_pages_max,
                                 .vfs = options.vfs};
    TRY(auto writer, Connection::open(file));
    if (auto prepared = prepare(*writer, clock); !prepared) {
        auto error = std::move(prepared).error();
        error.message += fmt::format(" ({})", path.string());
        return fail(std::move(error));
    }
    TRY(auto readers, db::ReaderPool::open(file, options.reader_threads));
    return std::unique_ptr<SqliteCatalog>(
        new SqliteCatalog(std::move(readers), std::move(writer), options.writes));
}

SqliteCatalog::~SqliteCatalog() = default;

Task<Result<AddedFile>> SqliteCatalog::add_file(NewFile file) {
    if (file.reservation) CO_TRY(quotas_.check_covers(*file.reservation, file));
    std::optional<QuotaRecord> quota;
    auto work = [&](Connection& connection) -> Result<AddedFile> {
        quota.reset();
        TRY(auto added, sqlite::add_file(connection, file));
        if (added.is_new_record) {
            TRY(quota, sqlite::charge(connection, file.owner, file.bytes));
        }
        return added;
    };
    auto settle = [&](Result<AddedFile> const& added) {
        if (added) quotas_.settle(quota, file.reservation);
    };
    co_return co_await writer_.write(work, settle);
}

Task<Result<FileWithPlacements>> SqliteCatalog::find_file(PrincipalId owner, FileId id) {
    auto work = [&](Connection& connection) { return sqlite::find_file(connection, owner, id); };
    co_return co_await readers_->read(work);
}

Task<Result<FileRecord>> SqliteCatalog::file_record(FileId id) {
    auto work = [&](Connection& connection) { return sqlite::file_record(connection, id); };
    co_return co_await readers_->read(work);
}

Task<Result<FilePage>> SqliteCatalog::list_files(std::optional<PrincipalId> owner,
                                                 ListQuery query) {
    auto work = [&](Connection& connection) {
        return sqlite::list_files(connection, owner, query);
    };
    co_return co_await readers_->read(work);
}

Task<Result<DeletedFile>> SqliteCatalog::delete_file(PrincipalId owner, FileId id, WallTime now,
                                                     Cause cause) {
    std::optional<QuotaRecord> quota;
    auto work = [&](Connection& connection) -> Result<DeletedFile> {
        TRY(auto deleted, sqlite::delete_file(connection, owner, id, now, cause));
        TRY(quota, sqlite::give_back(connection, owner, deleted.file.bytes));
        return deleted;
    };
    auto settle = [&](Result<DeletedFile> const& deleted) {
        if (deleted) quotas_.settle(quota, std::nullopt);
    };
    co_return co_await writer_.write(work, settle);
}

Task<Result<void>> SqliteCatalog::set_file_status(FileId id, FileStatus status,
                                                  std::string details) {
    auto work = [&](Connection& connection) {
        return sqlite::set_file_status(connection, id, status, details);
    };
    co_return co_await writer_.write(work);
}

Task<Result<bool>> SqliteCatalog::is_blob_used(Sha256Digest sha256) {
    auto work = [&](Connection& connection) { return sqlite::is_blob_used(connection, sha256); };
    co_return co_await readers_->read(work);
}

Task<Result<std::optional<PlacementRecord>>> SqliteCatalog::find_placement(PlacementKey key,
                                                                           WallTime now) {
    auto work = [&](Connection& connection) {
        return sqlite::find_placement(connection, key, now);
    };
    co_return co_await readers_->read(work);
}

Task<Result<void>> SqliteCatalog::link_placement(FileId file, PlacementId placement, WallTime now) {
    auto work = [&](Connection& connection) {
        return sqlite::link_placement(connection, file, placement, now);
    };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::set_placement_status(PlacementId placement,
                                                       PlacementStatus status) {
    auto work = [&](Connection& connection) {
        return sqlite::set_placement_status(connection, placement, status);
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<PlacementRecord>>> SqliteCatalog::placements_with_status(
    PlacementStatus status, std::size_t limit) {
    auto work = [&](Connection& connection) {
        return sqlite::placements_with_status(connection, status, limit);
    };
    co_return co_await readers_->read(work);
}

Task<Result<void>> SqliteCatalog::begin_intent(IntentRecord intent) {
    auto work = [&](Connection& connection) { return sqlite::begin_intent(connection, intent); };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::finish_intent(IntentId intent, PlacementRecord placement) {
    auto work = [&](Connection& connection) {
        return sqlite::finish_intent(connection, intent, placement);
    };
    CO_TRY(bool const is_placed, co_await writer_.write(work));
    if (!is_placed) co_return fail(file_gone_meanwhile());
    co_return {};
}

Task<Result<void>> SqliteCatalog::discard_intent(IntentId intent, PlacementRecord placement) {
    auto work = [&](Connection& connection) {
        return sqlite::discard_intent(connection, intent, placement);
    };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::abandon_intent(IntentId intent) {
    auto work = [&](Connection& connection) -> Result<void> {
        TRY(sqlite::close_intent(connection, intent));
        return {};
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<IntentRecord>>> SqliteCatalog::open_intents(
    std::size_t limit, std::optional<IntentRecord> after) {
    auto work = [&](Connection& connection) {
        return sqlite::open_intents(connection, limit, after);
    };
    co_return co_await readers_->read(work);
}

Task<Result<std::vector<IntentRecord>>> SqliteCatalog::open_intents_of(PlacementKey key) {
    auto work = [&](Connection& connection) { return sqlite::open_intents_of(connection, key); };
    co_return co_await readers_->read(work);
}

Task<Result<std::vector<IntentRecord>>> SqliteCatalog::open_intents_like(PlacementKey key,
                                                                         std::uint64_t bytes) {
    auto work = [&](Connection& connection) {
        return sqlite::open_intents_like(connection, key, bytes);
    };
    co_return co_await readers_->read(work);
}

Task<Result<void>> SqliteCatalog::note_finding(IntentId intent, std::string finding, WallTime now) {
    auto work = [&](Connection& connection) {
        return sqlite::note_finding(connection, intent, finding, now);
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<ProviderFileId>>> SqliteCatalog::recorded_copies(
    ProviderName provider, AccountName account, std::vector<ProviderFileId> ids) {
    auto work = [&](Connection& connection) {
        return sqlite::recorded_copies(connection, provider, account, ids);
    };
    co_return co_await readers_->read(work);
}

Task<Result<void>> SqliteCatalog::queue_delivery(QueuedDelivery delivery) {
    auto work = [&](Connection& connection) {
        return sqlite::queue_delivery(connection, delivery);
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<QueuedDelivery>>> SqliteCatalog::due_deliveries(
    WallTime now, std::size_t limit, std::vector<DeliveryId> except) {
    auto work = [&](Connection& connection) {
        return sqlite::due_deliveries(connection, now, limit, except);
    };
    co_return co_await readers_->read(work);
}

Task<Result<std::uint64_t>> SqliteCatalog::count_deliveries() {
    co_return co_await readers_->read(sqlite::count_deliveries);
}

Task<Result<void>> SqliteCatalog::postpone_delivery(QueuedDelivery delivery) {
    auto work = [&](Connection& connection) {
        return sqlite::postpone_delivery(connection, delivery);
    };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::end_delivery(DeliveryId delivery) {
    auto work = [&](Connection& connection) { return sqlite::end_delivery(connection, delivery); };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::save_breaker(BreakerRecord breaker) {
    auto work = [&](Connection& connection) { return sqlite::save_breaker(connection, breaker); };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<BreakerRecord>>> SqliteCatalog::breakers() {
    co_return co_await readers_->read(sqlite::breakers);
}

Task<Result<void>> SqliteCatalog::add_event(EventRecord event) {
    auto work = [&](Connection& connection) { return sqlite::append_event(connection, event); };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<EventRecord>>> SqliteCatalog::events(std::size_t limit) {
    auto work = [&](Connection& connection) { return sqlite::latest_events(connection, limit); };
    co_return co_await readers_->read(work);
}

Task<Result<void>> SqliteCatalog::add_events(std::vector<EventRecord> events) {
    auto work = [&](Connection& connection) -> Result<void> {
        for (auto const& event : events)
            TRY(sqlite::append_event(connection, event));
        return {};
    };
    co_return co_await writer_.write(work);
}

Task<Result<AuditPage>> SqliteCatalog::audit_page(AuditQuery query) {
    auto work = [&](Connection& connection) { return sqlite::audit_page(connection, query); };
    co_return co_await readers_->read(work);
}

Task<Result<std::uint64_t>> SqliteCatalog::cut_audit(AuditCut cut) {
    auto work = [&](Connection& connection) { return sqlite::cut_audit(connection, cut); };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<PurposeMemory>>> SqliteCatalog::purpose_memories() {
    co_return co_await readers_->read(sqlite::purpose_memories);
}

Task<Result<void>> SqliteCatalog::remember_purpose(PurposeMemory memory) {
    auto work = [&](Connection& connection) {
        return sqlite::remember_purpose(connection, memory);
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::string>> SqliteCatalog::settle(std::string name, std::string value) {
    auto work = [&](Connection& connection) { return sqlite::settle(connection, name, value); };
    co_return co_await writer_.write(work);
}

Task<Result<void>> SqliteCatalog::revoke_token(RevocationRecord revocation, WallTime now) {
    auto work = [&](Connection& connection) {
        return sqlite::revoke_token(connection, revocation, now);
    };
    co_return co_await writer_.write(work);
}

Task<Result<std::vector<RevocationRecord>>> SqliteCatalog::revocations(WallTime now) {
    auto work = [&](Connection& connection) { return sqlite::revocations(connection, now); };
    co_return co_await readers_->read(work);
}

// From memory but for the first time: a reservation costs no flush, and a crash releases it.
Task<Result<std::uint64_t>> SqliteCatalog::reserve_quota(QuotaAsk ask) {
    auto const pin = quotas_.pin(ask.owner);
    if (!pin.is_known()) CO_TRY(co_await load_quota(ask.owner));
    co_return quotas_.reserve(ask);
}

void SqliteCatalog::release_reservation(ReservationId const& id) noexcept {
    quotas_.release(id);
}

Task<Result<QuotaRecord>> SqliteCatalog::quota_of(PrincipalId owner) {
    auto const pin = quotas_.pin(owner);
    if (!pin.is_known()) co_return co_await load_quota(std::move(owner));
    co_return quotas_.record(owner);
}

// On the writer's thread, where it cannot fall between a charge and its being noted here. Changes
// nothing, so nothing is flushed for it. The caller holds the pin.
Task<Result<QuotaRecord>> SqliteCatalog::load_quota(PrincipalId owner) {
    auto work = [&](Connection& connection) { return sqlite::quota_of(connection, owner); };
    auto settle = [&](Result<QuotaRecord> const& quota) {
        if (quota) quotas_.settle(*quota, std::nullopt);
    };
    CO_TRY(co_await writer_.write(work, settle));
    co_return quotas_.record(owner);
}

Task<Result<QuotaRecord>> SqliteCatalog::set_quota(PrincipalId owner,
                                                   std::optional<std::uint64_t> limit_bytes) {
    auto const pin = quotas_.pin(owner);
    auto work = [&](Connection& connection) {
        return sqlite::set_quota(connection, owner, limit_bytes);
    };
    auto settle = [&](Result<QuotaRecord> const& quota) {
        if (quota) quotas_.settle(*quota, std::nullopt);
    };
    CO_TRY(co_await writer_.write(work, settle));
    co_return quotas_.record(owner);
}

Task<Result<std::vector<QuotaRecord>>> SqliteCatalog::quotas(std::size_t limit,
                                                             std::optional<PrincipalId> after) {
    auto work = [&](Connection& connection) { return sqlite::quotas(connection, limit, after); };
    CO_TRY(auto found, co_await readers_->read(work));
    for (auto& quota : found)
        quota.reserved_bytes = quotas_.reserved_bytes(quota.owner);
    co_return found;
}

Task<Result<void>> SqliteCatalog::check() {
    auto work = [](Connection& connection) { return connection.run(count_check); };
    co_return co_await writer_.write(work);
}

}  // namespace filegate::catalog
