#include "catalog/sqlite_placements.hpp"

#include "catalog/file_events.hpp"
#include "catalog/refusals.hpp"
#include "catalog/sqlite_audit.hpp"
#include "catalog/sqlite_files.hpp"
#include "catalog/sqlite_intents.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr std::array<std::string_view, 4> status_words{"live", "deleting", "deleted", "vanished"};

constexpr Sql select_placement{
    "reading a placement",
    "SELECT id, provider, account, purpose, sha256, provider_file_id, bytes, status,"
    " provider_status, created_at, expires_at"
    " FROM placements WHERE id = ?1"};
constexpr Sql select_live{
    "looking for a placement",
    "SELECT id, provider, account, purpose, sha256, provider_file_id, bytes, status,"
    " provider_status, created_at, expires_at"
    " FROM placements"
    " WHERE provider = ?1 AND account = ?2 AND purpose = ?3 AND sha256 = ?4 AND status = 'live'"};
// CROSS JOIN: in the order written. SQLite would rather begin with all live placements.
constexpr Sql select_of_file{
    "reading a file's placements",
    "SELECT p.id, p.provider, p.account, p.purpose, p.sha256, p.provider_file_id, p.bytes,"
    " p.status, p.provider_status, p.created_at, p.expires_at"
    " FROM file_placements AS l CROSS JOIN placements AS p ON p.id = l.placement_id"
    " WHERE l.file_id = ?1 AND p.status = 'live' ORDER BY p.created_at, p.id"};
constexpr Sql select_by_status{
    "listing placements by status",
    "SELECT id, provider, account, purpose, sha256, provider_file_id, bytes, status,"
    " provider_status, created_at, expires_at"
    " FROM placements WHERE status = ?1 ORDER BY id LIMIT ?2"};
constexpr Sql select_copy{
    "looking for a provider's copy",
    "SELECT 1 FROM placements WHERE provider = ?1 AND account = ?2 AND provider_file_id = ?3"
    " LIMIT 1"};
constexpr Sql insert_placement{
    "adding a placement",
    "INSERT INTO placements (id, provider, account, purpose, sha256, provider_file_id, bytes,"
    " status, provider_status, created_at, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
constexpr Sql update_placement{"changing a placement's status",
                               "UPDATE placements SET status = ?2 WHERE id = ?1"};

constexpr Sql insert_link{"linking a file to a placement",
                          "INSERT INTO file_placements (file_id, placement_id) VALUES (?1, ?2)"
                          " ON CONFLICT (file_id, placement_id) DO NOTHING RETURNING 1"};
constexpr Sql delete_links{"unlinking a file from its placements",
                           "DELETE FROM file_placements WHERE file_id = ?1"};
constexpr Sql select_has_links{"looking for files that need a placement",
                               "SELECT 1 FROM file_placements WHERE placement_id = ?1 LIMIT 1"};
constexpr Sql mark_files_placed{
    "marking files as placed",
    "UPDATE files SET status = 'placed', status_details = ''"
    " WHERE id IN (SELECT file_id FROM file_placements WHERE placement_id = ?1)"};
constexpr Sql mark_files_kept{
    "marking files as kept",
    "UPDATE files SET status = 'kept'"
    " WHERE id IN (SELECT file_id FROM file_placements WHERE placement_id = ?1)"
    " AND status = 'placed'"
    " AND NOT EXISTS (SELECT 1 FROM file_placements AS l"
    "  CROSS JOIN placements AS p ON p.id = l.placement_id"
    "  WHERE l.file_id = files.id AND p.status = 'live')"};

constexpr Sql select_memories{"reading what worked before",
                              "SELECT provider, account, asked, worked FROM purpose_memories"
                              " ORDER BY provider, account, asked"};
constexpr Sql upsert_memory{
    "remembering what worked",
    "INSERT INTO purpose_memories (provider, account, asked, worked) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (provider, account, asked) DO UPDATE SET worked = excluded.worked"};

Result<PlacementRecord> placement_of(Query const& row) {
    TRY(auto key, key_of(row));
    TRY(auto const status, enumerator<PlacementStatus>(status_words, row.text(7)));
    return PlacementRecord{.id = PlacementId(row.text(0)),
                           .key = std::move(key),
                           .provider_file_id = ProviderFileId(row.text(5)),
                           .bytes = static_cast<std::uint64_t>(row.integer(6)),
                           .status = status,
                           .provider_status = row.text(8),
                           .created_at = wall_time(row.integer(9)),
                           .expires_at = wall_time(row.optional_integer(10))};
}

Result<std::optional<PlacementRecord>> load_placement(Connection& connection,
                                                      PlacementId const& id) {
    return first(connection.query(select_placement, id.text()), placement_of);
}

Result<std::optional<PlacementRecord>> live_placement(Connection& connection,
                                                      PlacementKey const& key) {
    return first(connection.query(select_live, key.provider.text(), key.account.text(),
                                  key.purpose.text(), key.sha256.hex()),
                 placement_of);
}

bool has_expired(PlacementRecord const& placement, WallTime now) {
    return placement.expires_at && *placement.expires_at <= now;
}

// The status, and that of the files that are linked: `placed` means that a live placement is there.
Result<void> change_status(Connection& connection, PlacementId const& id, PlacementStatus status) {
    TRY(connection.run(update_placement, id.text(), word(status_words, status)));
    return connection.run(status == PlacementStatus::live ? mark_files_placed : mark_files_kept,
                          id.text());
}

// A live placement past the provider's retention makes room; any other keeps its place.
Result<void> claim_key(Connection& connection, PlacementKey const& key, WallTime now) {
    TRY(auto const holder, live_placement(connection, key));
    if (!holder) return {};
    if (!has_expired(*holder, now)) return fail(key_has_live_placement(key));
    return change_status(connection, holder->id, PlacementStatus::deleting);
}

Result<void> insert(Connection& connection, PlacementRecord const& placement,
                    PlacementStatus status) {
    return connection.run(insert_placement, placement.id.text(), placement.key.provider.text(),
                          placement.key.account.text(), placement.key.purpose.text(),
                          placement.key.sha256.hex(), placement.provider_file_id.text(),
                          placement.bytes, word(status_words, status), placement.provider_status,
                          column(placement.created_at), column(placement.expires_at));
}

// True: they were not linked before.
Result<bool> link(Connection& connection, FileId const& file, PlacementId const& placement) {
    auto linked = connection.query(insert_link, file.text(), placement.text());
    TRY(bool const is_new, linked.step());
    TRY(linked.run());
    TRY(set_file_status(connection, file, FileStatus::placed, ""));
    return is_new;
}

// An intent that is not open is no error when what it ended with is there already.
Result<void> expect_told_before(Connection& connection, IntentId const& intent,
                                PlacementRecord const& placement) {
    TRY(auto const known, load_placement(connection, placement.id));
    if (!known) return fail(intent_not_open(intent));
    return {};
}

}  // namespace

Result<std::optional<PlacementRecord>> find_placement(Connection& connection,
                                                      PlacementKey const& key, WallTime now) {
    TRY(auto placement, live_placement(connection, key));
    if (placement && has_expired(*placement, now)) return std::nullopt;
    return placement;
}

Result<void> link_placement(Connection& connection, FileId const& file,
                            PlacementId const& placement, WallTime now) {
    TRY(auto const known_file, load_file(connection, file));
    if (!known_file) return fail(unknown_file(file));
    TRY(auto const known, load_placement(connection, placement));
    if (!known) return fail(unknown_placement(placement));
    if (known->status != PlacementStatus::live) return fail(placement_not_live(placement));
    TRY(bool const is_new, link(connection, file, placement));
    if (!is_new) return {};
    return append_event(connection, file_linked(*known_file, *known, now));
}

Result<void> set_placement_status(Connection& connection, PlacementId const& placement,
                                  PlacementStatus status) {
    TRY(auto const known, load_placement(connection, placement));
    if (!known) return fail(unknown_placement(placement));
    if (status == PlacementStatus::live) {
        TRY(auto const holder, live_placement(connection, known->key));
        if (holder && holder->id != placement) return fail(key_has_live_placement(known->key));
    }
    return change_status(connection, placement, status);
}

Result<std::vector<PlacementRecord>> placements_with_status(Connection& connection,
                                                            PlacementStatus status,
                                                            std::size_t limit) {
    return all(connection.query(select_by_status, word(status_words, status),
                                std::min(limit, list_limit_max)),
               placement_of);
}

Result<std::vector<ProviderFileId>> recorded_copies(Connection& connection,
                                                    ProviderName const& provider,
                                                    AccountName const& account,
                                                    std::vector<ProviderFileId> const& ids) {
    std::vector<ProviderFileId> found;
    for (auto const& id : ids) {
        auto copy = connection.query(select_copy, provider.text(), account.text(), id.text());
        TRY(bool const is_recorded, copy.step());
        if (is_recorded) found.push_back(id);
    }
    return found;
}

Result<std::vector<PlacementRecord>> live_placements_of(Connection& connection,
                                                        FileId const& file) {
    return all(connection.query(select_of_file, file.text()), placement_of);
}

Result<std::vector<PlacementRecord>> unlink_placements(Connection& connection, FileId const& file) {
    TRY(auto const placements, live_placements_of(connection, file));
    TRY(connection.run(delete_links, file.text()));
    std::vector<PlacementRecord> orphaned;
    for (auto const& placement : placements) {
        auto links = connection.query(select_has_links, placement.id.text());
        TRY(bool const is_needed, links.step());
        if (is_needed) continue;
        TRY(change_status(connection, placement.id, PlacementStatus::deleting));
        orphaned.push_back(placement);
        orphaned.back().status = PlacementStatus::deleting;
    }
    return orphaned;
}

Result<bool> finish_intent(Connection& connection, IntentId const& intent,
                           PlacementRecord const& placement) {
    TRY(auto const intended, close_intent(connection, intent));
    if (!intended) {
        TRY(expect_told_before(connection, intent, placement));
        return true;
    }
    TRY(auto const file, load_file(connection, *intended));
    if (!file) {
        TRY(insert(connection, placement, PlacementStatus::deleting));
        return false;
    }
    TRY(claim_key(connection, placement.key, placement.created_at));
    TRY(insert(connection, placement, PlacementStatus::live));
    TRY(link(connection, *intended, placement.id));
    TRY(append_event(connection, file_delivered(*file, placement)));
    return true;
}

Result<void> discard_intent(Connection& connection, IntentId const& intent,
                            PlacementRecord const& placement) {
    TRY(auto const intended, close_intent(connection, intent));
    if (!intended) return expect_told_before(connection, intent, placement);
    return insert(connection, placement, PlacementStatus::deleting);
}

Result<std::vector<PurposeMemory>> purpose_memories(Connection& connection) {
    auto const read = +[](Query const& row) -> Result<PurposeMemory> {
        return PurposeMemory{.provider = ProviderName(row.text(0)),
                             .account = AccountName(row.text(1)),
                             .asked = Purpose(row.text(2)),
                             .worked = WirePurpose(row.text(3))};
    };
    return all(connection.query(select_memories), read);
}

Result<void> remember_purpose(Connection& connection, PurposeMemory const& memory) {
    return connection.run(upsert_memory, memory.provider.text(), memory.account.text(),
                          memory.asked.text(), memory.worked.text());
}

}  // namespace filegate::catalog::sqlite
