#include "catalog/sqlite_audit.hpp"

#include "catalog/audit_query.hpp"
#include "catalog/queries.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr Sql select_bounds{"reading the ends of the audit trail",
                            "SELECT anchor_id, anchor_hash, head_id, head_hash FROM audit_chain"
                            " WHERE id = 1"};
constexpr Sql move_head{"moving the head of the audit trail",
                        "UPDATE audit_chain SET head_id = ?1, head_hash = ?2 WHERE id = 1"};
constexpr Sql move_anchor{"moving the anchor of the audit trail",
                          "UPDATE audit_chain SET anchor_id = ?1, anchor_hash = ?2 WHERE id = 1"};
constexpr Sql insert_row{
    "adding to the audit trail",
    "INSERT INTO audit_events (id, at, principal, door, peer_address, request, action, subject,"
    " file, outcome, error_code, detail, hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"};
constexpr Sql select_after{
    "reading the audit trail",
    "SELECT id, at, principal, door, peer_address, request, action, subject, file, outcome,"
    " error_code, detail, hash FROM audit_events WHERE id > ?1 ORDER BY id"};
constexpr Sql select_latest{
    "listing events",
    "SELECT id, at, principal, door, peer_address, request, action, subject, file, outcome,"
    " error_code, detail, hash FROM audit_events ORDER BY id DESC LIMIT ?1"};
constexpr Sql select_front{"looking for the oldest of the audit trail",
                           "SELECT id, hash, at FROM audit_events WHERE id > ?1 ORDER BY id"};
constexpr Sql delete_front{"cutting the audit trail", "DELETE FROM audit_events WHERE id <= ?1"};
constexpr Sql select_unchained{"reading events of an earlier release",
                               "SELECT at, principal, action, subject, outcome, detail"
                               " FROM unchained_events ORDER BY id"};
constexpr Sql delete_unchained{"taking over events of an earlier release",
                               "DELETE FROM unchained_events"};

Result<AuditRow> row_of(Query const& row) {
    return AuditRow{.id = row.integer(0),
                    .event = {.at = wall_time(row.integer(1)),
                              .principal = PrincipalId(row.text(2)),
                              .action = row.text(6),
                              .subject = row.text(7),
                              .outcome = row.text(9),
                              .detail = row.text(11),
                              .door = row.text(3),
                              .peer_address = row.text(4),
                              .request = RequestId(row.text(5)),
                              .file = FileId(row.text(8)),
                              .error_code = row.integer(10)},
                    .hash = row.text(12)};
}

Result<EventRecord> event_of(Query const& row) {
    TRY(auto whole, row_of(row));
    return std::move(whole.event);
}

Result<EventRecord> unchained_event_of(Query const& row) {
    return EventRecord{.at = wall_time(row.integer(0)),
                       .principal = PrincipalId(row.text(1)),
                       .action = row.text(2),
                       .subject = row.text(3),
                       .outcome = row.text(4),
                       .detail = row.text(5)};
}

Result<AuditBounds> bounds(Connection& connection) {
    auto row = connection.query(select_bounds);
    TRY(bool const is_there, row.step());
    if (!is_there) {
        return fail(ErrorCode::catalog_corrupt,
                    "the head of the audit trail is gone from the catalog; restore it from a "
                    "backup");
    }
    return AuditBounds{.anchor = {.id = row.integer(0), .hash = row.text(1)},
                       .head = {.id = row.integer(2), .hash = row.text(3)}};
}

}  // namespace

Result<void> append_event(Connection& connection, EventRecord const& event) {
    TRY(auto const ends, bounds(connection));
    auto const id = ends.head.id + 1;
    auto const hash = chain_hash(ends.head, event);
    TRY(connection.run(insert_row, id, column(event.at), event.principal.text(), event.door,
                       event.peer_address, event.request.text(), event.action, event.subject,
                       event.file.text(), event.outcome, event.error_code, event.detail, hash));
    return connection.run(move_head, id, hash);
}

Result<std::vector<EventRecord>> latest_events(Connection& connection, std::size_t limit) {
    return all(connection.query(select_latest, std::min(limit, list_limit_max)), event_of);
}

Result<AuditPage> audit_page(Connection& connection, AuditQuery const& query) {
    TRY(auto ends, bounds(connection));
    PageReader reader(query, std::move(ends));
    auto rows = connection.query(select_after, query.after);
    while (true) {
        TRY(bool const has_row, rows.step());
        if (!has_row) return std::move(reader).finish();
        TRY(auto const row, row_of(rows));
        if (!reader.take(row)) return std::move(reader).finish();
    }
}

Result<std::uint64_t> cut_audit(Connection& connection, AuditCut const& cut) {
    TRY(auto const ends, bounds(connection));
    CutReader reader(cut, ends);
    {
        auto rows = connection.query(select_front, ends.anchor.id);
        while (true) {
            TRY(bool const has_row, rows.step());
            if (!has_row) break;
            ChainLink const link{.id = rows.integer(0), .hash = rows.text(1)};
            if (!reader.take(link, wall_time(rows.integer(2)))) break;
        }
    }
    auto const& anchor = reader.anchor();
    auto const count = anchor.id - ends.anchor.id;
    if (count == 0) return 0;
    TRY(connection.run(delete_front, anchor.id));
    TRY(connection.run(move_anchor, anchor.id, anchor.hash));
    TRY(append_event(connection, cut_event(ends, anchor, cut.now)));
    return static_cast<std::uint64_t>(count);
}

Result<void> chain_older_events(Connection& connection) {
    TRY(auto const older, all(connection.query(select_unchained), unchained_event_of));
    if (older.empty()) return {};
    for (auto const& event : older)
        TRY(append_event(connection, event));
    return connection.run(delete_unchained);
}

}  // namespace filegate::catalog::sqlite
