#include "catalog/sqlite_intents.hpp"

#include "catalog/refusals.hpp"
#include "catalog/sqlite_files.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr Sql insert_intent{
    "noting an intent",
    "INSERT INTO intents (id, provider, account, purpose, sha256, file_id, filename, bytes,"
    " started_at, finding, looked_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
constexpr Sql delete_intent{"closing an intent",
                            "DELETE FROM intents WHERE id = ?1 RETURNING file_id"};
constexpr Sql update_finding{"noting what became of an intent",
                             "UPDATE intents SET finding = ?2, looked_at = ?3 WHERE id = ?1"};
constexpr Sql select_intents{
    "listing open intents",
    "SELECT id, provider, account, purpose, sha256, file_id, filename, bytes, started_at, finding,"
    " looked_at"
    " FROM intents ORDER BY started_at, id LIMIT ?1"};
constexpr Sql select_intents_after{
    "listing open intents",
    "SELECT id, provider, account, purpose, sha256, file_id, filename, bytes, started_at, finding,"
    " looked_at"
    " FROM intents WHERE (started_at, id) > (?2, ?3) ORDER BY started_at, id LIMIT ?1"};
constexpr Sql select_intents_of_key{
    "listing open intents for the same bytes",
    "SELECT id, provider, account, purpose, sha256, file_id, filename, bytes, started_at, finding,"
    " looked_at"
    " FROM intents WHERE provider = ?1 AND account = ?2 AND purpose = ?3 AND sha256 = ?4"
    " ORDER BY started_at, id LIMIT ?5"};
constexpr Sql select_intents_of_size{
    "listing open intents for as many bytes",
    "SELECT id, provider, account, purpose, sha256, file_id, filename, bytes, started_at, finding,"
    " looked_at"
    " FROM intents WHERE provider = ?1 AND account = ?2 AND purpose = ?3 AND bytes = ?4"
    " ORDER BY started_at, id LIMIT ?5"};

Result<IntentRecord> intent_of(Query const& row) {
    TRY(auto key, key_of(row));
    return IntentRecord{.id = IntentId(row.text(0)),
                        .key = std::move(key),
                        .file = FileId(row.text(5)),
                        .filename = row.text(6),
                        .bytes = static_cast<std::uint64_t>(row.integer(7)),
                        .started_at = wall_time(row.integer(8)),
                        .finding = row.text(9),
                        .looked_at = wall_time(row.optional_integer(10))};
}

}  // namespace

Result<void> begin_intent(Connection& connection, IntentRecord const& intent) {
    TRY(auto const file, load_file(connection, intent.file));
    if (!file) return fail(unknown_file(intent.file));
    return connection.run(
        insert_intent, intent.id.text(), intent.key.provider.text(), intent.key.account.text(),
        intent.key.purpose.text(), intent.key.sha256.hex(), intent.file.text(), intent.filename,
        intent.bytes, column(intent.started_at), intent.finding, column(intent.looked_at));
}

Result<std::optional<FileId>> close_intent(Connection& connection, IntentId const& intent) {
    auto closed = connection.query(delete_intent, intent.text());
    TRY(bool const was_open, closed.step());
    if (!was_open) return std::nullopt;
    FileId file(closed.text(0));
    TRY(closed.run());
    return file;
}

Result<void> note_finding(Connection& connection, IntentId const& intent,
                          std::string const& finding, WallTime now) {
    return connection.run(update_finding, intent.text(), finding, column(now));
}

Result<std::vector<IntentRecord>> open_intents(Connection& connection, std::size_t limit,
                                               std::optional<IntentRecord> const& after) {
    auto const rows_max = std::min(limit, list_limit_max);
    if (!after) return all(connection.query(select_intents, rows_max), intent_of);
    return all(connection.query(select_intents_after, rows_max, column(after->started_at),
                                after->id.text()),
               intent_of);
}

Result<std::vector<IntentRecord>> open_intents_of(Connection& connection, PlacementKey const& key) {
    return all(connection.query(select_intents_of_key, key.provider.text(), key.account.text(),
                                key.purpose.text(), key.sha256.hex(), list_limit_max),
               intent_of);
}

Result<std::vector<IntentRecord>> open_intents_like(Connection& connection, PlacementKey const& key,
                                                    std::uint64_t bytes) {
    return all(connection.query(select_intents_of_size, key.provider.text(), key.account.text(),
                                key.purpose.text(), bytes, list_limit_max),
               intent_of);
}

}  // namespace filegate::catalog::sqlite
