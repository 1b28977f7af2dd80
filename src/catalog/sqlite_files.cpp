#include "catalog/sqlite_files.hpp"

#include "catalog/file_events.hpp"
#include "catalog/refusals.hpp"
#include "catalog/sqlite_audit.hpp"
#include "catalog/sqlite_placements.hpp"
#include "catalog/sqlite_queue.hpp"
#include "catalog/sqlite_values.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr std::array<std::string_view, 3> status_words{"kept", "placed", "failed"};

constexpr Sql select_file{
    "reading a file",
    "SELECT id, owner, name, purpose, bytes, sha256, mime_type, created_at, expires_at,"
    " last_used_at, status, status_details"
    " FROM files WHERE id = ?1 AND deleted_at IS NULL"};
constexpr Sql select_copy{
    "looking for the same file",
    "SELECT id FROM files"
    " WHERE owner = ?1 AND sha256 = ?2 AND purpose = ?3 AND name = ?4 AND deleted_at IS NULL"};
constexpr Sql select_owner_has_bytes{
    "looking for the same bytes",
    "SELECT 1 FROM files WHERE owner = ?1 AND sha256 = ?2 AND deleted_at IS NULL LIMIT 1"};
constexpr Sql insert_file{
    "adding a file",
    "INSERT INTO files (id, owner, name, purpose, bytes, sha256, mime_type, status, created_at,"
    " last_used_at, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'kept', ?8, ?8, ?9)"};
constexpr Sql touch_file{
    "noting that a file was used",
    "UPDATE files SET last_used_at = ?2, expires_at = coalesce(?3, expires_at) WHERE id = ?1"};
constexpr Sql update_status{
    "changing a file's status",
    "UPDATE files SET"
    " status_details = CASE WHEN ?2 = 'failed' AND status = 'placed' THEN status_details ELSE ?3 "
    "END,"
    " status = CASE WHEN ?2 = 'failed' AND status = 'placed' THEN status ELSE ?2 END"
    " WHERE id = ?1 AND deleted_at IS NULL"
    " RETURNING 1"};
constexpr Sql soft_delete{
    "deleting a file",
    "UPDATE files SET deleted_at = ?2, deletion_reason = 'manual' WHERE id = ?1"};
constexpr Sql select_blob_use{
    "looking for a file with these bytes",
    "SELECT 1 FROM files WHERE sha256 = ?1 AND deleted_at IS NULL LIMIT 1"};

// A page by key. ?2 bounds it on the side it comes from, so that a first page is a page after an id
// before (or behind) all others.
constexpr Sql list_ascending{"listing files",
                             "SELECT id FROM files"
                             " WHERE owner = ?1 AND id > ?2 AND deleted_at IS NULL"
                             " ORDER BY id LIMIT ?3"};
constexpr Sql list_descending{"listing files",
                              "SELECT id FROM files"
                              " WHERE owner = ?1 AND id < ?2 AND deleted_at IS NULL"
                              " ORDER BY id DESC LIMIT ?3"};
constexpr Sql list_purpose_ascending{
    "listing files of a purpose",
    "SELECT id FROM files"
    " WHERE owner = ?1 AND id > ?2 AND purpose = ?4 AND deleted_at IS NULL"
    " ORDER BY id LIMIT ?3"};
constexpr Sql list_purpose_descending{
    "listing files of a purpose",
    "SELECT id FROM files"
    " WHERE owner = ?1 AND id < ?2 AND purpose = ?4 AND deleted_at IS NULL"
    " ORDER BY id DESC LIMIT ?3"};
// Everybody's, for operators: along the ids. A rare purpose costs a walk over the others.
constexpr Sql list_all_ascending{"listing all files",
                                 "SELECT id FROM files"
                                 " WHERE id > ?1 AND (?3 = '' OR purpose = ?3)"
                                 " AND deleted_at IS NULL ORDER BY id LIMIT ?2"};
constexpr Sql list_all_descending{"listing all files",
                                  "SELECT id FROM files"
                                  " WHERE id < ?1 AND (?3 = '' OR purpose = ?3)"
                                  " AND deleted_at IS NULL ORDER BY id DESC LIMIT ?2"};
constexpr std::string_view before_all_ids;
constexpr std::string_view behind_all_ids = "\U0010FFFF";

Result<FileRecord> file_of(Query const& row) {
    TRY(auto const sha256, digest(row.text(5)));
    TRY(auto const status, enumerator<FileStatus>(status_words, row.text(10)));
    return FileRecord{.id = FileId(row.text(0)),
                      .owner = PrincipalId(row.text(1)),
                      .name = row.text(2),
                      .purpose = Purpose(row.text(3)),
                      .bytes = static_cast<std::uint64_t>(row.integer(4)),
                      .sha256 = sha256,
                      .mime_type = row.text(6),
                      .created_at = wall_time(row.integer(7)),
                      .expires_at = wall_time(row.optional_integer(8)),
                      .last_used_at = wall_time(row.integer(9)),
                      .status = status,
                      .status_details = row.text(11)};
}

Result<FileRecord> load_owned(Connection& connection, PrincipalId const& owner, FileId const& id) {
    TRY(auto file, file_record(connection, id));
    if (file.owner != owner) return fail(unknown_file(id));
    return file;
}

Result<void> insert(Connection& connection, NewFile const& file) {
    return connection.run(insert_file, file.id.text(), file.owner.text(), file.name,
                          file.purpose.text(), file.bytes, file.sha256.hex(), file.mime_type,
                          column(file.now), column(file.expires_at));
}

Query page_query(Connection& connection, std::optional<PrincipalId> const& owner,
                 ListQuery const& query, std::size_t rows_max) {
    auto const first = query.is_ascending ? before_all_ids : behind_all_ids;
    auto const bound = query.after ? std::string_view(query.after->text()) : first;
    if (!owner) {
        return connection.query(query.is_ascending ? list_all_ascending : list_all_descending,
                                bound, rows_max, query.purpose.value_or(Purpose()).text());
    }
    if (query.purpose) {
        return connection.query(
            query.is_ascending ? list_purpose_ascending : list_purpose_descending, owner->text(),
            bound, rows_max, query.purpose->text());
    }
    return connection.query(query.is_ascending ? list_ascending : list_descending, owner->text(),
                            bound, rows_max);
}

Result<FileWithPlacements> with_placements(Connection& connection, FileRecord file) {
    TRY(auto placements, live_placements_of(connection, file.id));
    return FileWithPlacements{.file = std::move(file), .placements = std::move(placements)};
}

Result<AddedFile> add_or_touch(Connection& connection, NewFile const& file) {
    auto const sha256 = file.sha256.hex();
    auto same =
        connection.query(select_copy, file.owner.text(), sha256, file.purpose.text(), file.name);
    TRY(bool const is_known, same.step());
    if (is_known) {
        FileId const known(same.text(0));
        TRY(connection.run(touch_file, known.text(), column(file.now), column(file.expires_at)));
        TRY(auto record, file_record(connection, known));
        return AddedFile{
            .file = std::move(record), .is_new_record = false, .owner_had_bytes = true};
    }
    auto bytes = connection.query(select_owner_has_bytes, file.owner.text(), sha256);
    TRY(bool const had_bytes, bytes.step());
    TRY(insert(connection, file));
    TRY(auto record, file_record(connection, file.id));
    return AddedFile{
        .file = std::move(record), .is_new_record = true, .owner_had_bytes = had_bytes};
}

}  // namespace

Result<AddedFile> add_file(Connection& connection, NewFile const& file) {
    TRY(auto added, add_or_touch(connection, file));
    TRY(append_event(connection, file_added(file, added)));
    return added;
}

Result<FileWithPlacements> find_file(Connection& connection, PrincipalId const& owner,
                                     FileId const& id) {
    TRY(auto file, load_owned(connection, owner, id));
    return with_placements(connection, std::move(file));
}

Result<FileRecord> file_record(Connection& connection, FileId const& id) {
    TRY(auto file, load_file(connection, id));
    if (!file) return fail(unknown_file(id));
    return std::move(*file);
}

Result<FilePage> list_files(Connection& connection, std::optional<PrincipalId> const& owner,
                            ListQuery const& query) {
    if (query.after && !query.goes_on) {
        TRY(auto const last, file_record(connection, *query.after));
        if (owner && last.owner != *owner) return fail(unknown_file(*query.after));
    }
    auto const limit = std::min(query.limit, list_limit_max);
    auto rows = page_query(connection, owner, query, limit + 1);
    FilePage page;
    while (true) {
        TRY(bool const has_row, rows.step());
        if (!has_row) return page;
        if (page.files.size() == limit) {
            page.has_more = true;
            return page;
        }
        TRY(auto file, file_record(connection, FileId(rows.text(0))));
        TRY(auto found, with_placements(connection, std::move(file)));
        page.files.push_back(std::move(found));
    }
}

Result<DeletedFile> delete_file(Connection& connection, PrincipalId const& owner, FileId const& id,
                                WallTime now, Cause const& cause) {
    TRY(auto file, load_owned(connection, owner, id));
    TRY(connection.run(soft_delete, id.text(), column(now)));
    TRY(end_deliveries_of(connection, id));
    TRY(auto orphaned, unlink_placements(connection, id));
    TRY(bool const is_used, is_blob_used(connection, file.sha256));
    TRY(append_event(connection, file_deleted(file, cause, now)));
    return DeletedFile{
        .file = std::move(file), .orphaned = std::move(orphaned), .is_blob_unused = !is_used};
}

Result<void> set_file_status(Connection& connection, FileId const& id, FileStatus status,
                             std::string const& details) {
    auto changed = connection.query(update_status, id.text(), word(status_words, status), details);
    TRY(bool const is_known, changed.step());
    if (!is_known) return fail(unknown_file(id));
    return changed.run();
}

Result<bool> is_blob_used(Connection& connection, Sha256Digest const& sha256) {
    auto use = connection.query(select_blob_use, sha256.hex());
    return use.step();
}

Result<std::optional<FileRecord>> load_file(Connection& connection, FileId const& id) {
    auto row = connection.query(select_file, id.text());
    TRY(bool const has_row, row.step());
    if (!has_row) return std::nullopt;
    TRY(auto file, file_of(row));
    return file;
}

}  // namespace filegate::catalog::sqlite
