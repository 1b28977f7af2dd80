#pragma once
// Files as rows: what the SQLite catalog's calls do inside a transaction somebody else holds.

#include "catalog/catalog.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<AddedFile> add_file(db::Connection& connection, NewFile const& file);
Result<FileWithPlacements> find_file(db::Connection& connection, PrincipalId const& owner,
                                     FileId const& id);
Result<FileRecord> file_record(db::Connection& connection, FileId const& id);
Result<FilePage> list_files(db::Connection& connection, std::optional<PrincipalId> const& owner,
                            ListQuery const& query);
Result<DeletedFile> delete_file(db::Connection& connection, PrincipalId const& owner,
                                FileId const& id, WallTime now, Cause const& cause);
Result<void> set_file_status(db::Connection& connection, FileId const& id, FileStatus status,
                             std::string const& details);
Result<bool> is_blob_used(db::Connection& connection, Sha256Digest const& sha256);

// A live file, whoever owns it; nothing when there is none.
Result<std::optional<FileRecord>> load_file(db::Connection& connection, FileId const& id);

}  // namespace filegate::catalog::sqlite
