#include "db/migrate.hpp"

#include "base/digest.hpp"

namespace filegate::db {
namespace {

constexpr Sql make_history{"making the migration history",
                           "CREATE TABLE IF NOT EXISTS schema_migrations ("
                           " version INTEGER NOT NULL PRIMARY KEY,"
                           " name TEXT NOT NULL,"
                           " checksum TEXT NOT NULL,"
                           " applied_at INTEGER NOT NULL) STRICT"};
constexpr Sql has_history{"looking for the migration history",
                          "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'"};
constexpr Sql read_history{"reading the migration history",
                           "SELECT version, name, checksum FROM schema_migrations"
                           " ORDER BY version"};
constexpr Sql note_migration{"noting a migration",
                             "INSERT INTO schema_migrations (version, name, checksum, applied_at)"
                             " VALUES (?1, ?2, ?3, ?4)"};

// How many of the migrations are applied; fails when what is applied is not the start of the list.
Result<std::size_t> applied_count(Connection& connection, std::span<Migration const> migrations) {
    auto exists = connection.query(has_history);
    TRY(bool const has_any, exists.step());
    if (!has_any) return 0;
    auto history = connection.query(read_history);
    std::size_t count = 0;
    while (true) {
        TRY(bool const has_row, history.step());
        if (!has_row) return count;
        auto const version = static_cast<std::size_t>(history.integer(0));
        auto const& what = connection.options().what;
        if (version > migrations.size()) {
            return fail(ErrorCode::database_error,
                        fmt::format("the {} was written by a newer release (schema version {}, "
                                    "this one knows {}); start that release, or restore a backup "
                                    "made before the upgrade",
                                    what, version, migrations.size()));
        }
        if (version != count + 1) {
            return fail(ErrorCode::catalog_corrupt,
                        fmt::format("the {}'s migration history lacks version {}; restore a backup",
                                    what, count + 1));
        }
        auto const& migration = migrations[count];
        if (history.text(2) != sha256(migration.script).hex()) {
            return fail(ErrorCode::database_error,
                        fmt::format("the {}'s schema version {} ({}) was made by another build of "
                                    "migration \"{}\"; start the release that made it, or restore "
                                    "a backup",
                                    what, version, history.text(1), migration.name));
        }
        ++count;
    }
}

// One migration and its note, together. True: there may be more to apply.
Result<bool> apply_next(Connection& connection, std::span<Migration const> migrations,
                        Clock const& clock) {
    Transaction transaction(connection);
    TRY(transaction.begin_write());
    // Counted under the write lock: another program may have applied it a moment ago.
    TRY(auto const count, applied_count(connection, migrations));
    if (count == migrations.size()) return false;
    TRY(connection.run(make_history));
    auto const& migration = migrations[count];
    if (auto applied = connection.execute_script("migrating", std::string(migration.script));
        !applied) {
        auto error = std::move(applied).error();
        error.detail =
            fmt::format("migration {} ({}): {}", count + 1, migration.name, error.detail);
        return fail(std::move(error));
    }
    TRY(connection.run(note_migration, count + 1, migration.name, sha256(migration.script).hex(),
                       clock.wall_now().time_since_epoch().count()));
    TRY(transaction.commit());
    return true;
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<Migration const> migrations,
                     Clock const& clock) {
    TRY(auto const count, applied_count(connection, migrations));
    if (count == migrations.size()) return {};
    while (true) {
        TRY(bool const may_have_more, apply_next(connection, migrations, clock));
        if (!may_have_more) return {};
    }
}

}  // namespace filegate::db
