#include "catalog/sqlite_catalog.hpp"

#include <fstream>

#include <sqlite3.h>

#include "base/scratch_folder.hpp"
#include "catalog/audit_conformance.hpp"
#include "catalog/migrations.hpp"

namespace filegate::catalog {
namespace {

class SqliteUnderTest final : public CatalogUnderTest {
public:
    Catalog& catalog() override { return *catalog_; }

private:
    ScratchFolder folder_;
    SimLoop clock_;
    std::unique_ptr<SqliteCatalog> catalog_ =
        SqliteCatalog::open(folder_.path() / "catalog.db", {}, clock_).value();
};

INSTANTIATE_TEST_SUITE_P(sqlite, CatalogConformance,
                         ::testing::Values(CatalogKind{
                             "sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}));
INSTANTIATE_TEST_SUITE_P(sqlite, AuditConformance,
                         ::testing::Values(CatalogKind{
                             "sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}));

class SqliteCatalogTest : public ::testing::Test {
protected:
    std::filesystem::path file() const { return folder_.path() / "catalog.db"; }
    Result<std::unique_ptr<SqliteCatalog>> open(std::filesystem::path const& path) {
        return SqliteCatalog::open(path, {.busy_timeout = milliseconds(5)}, loop_);
    }
    std::unique_ptr<SqliteCatalog> open() { return open(file()).value(); }

    FileRecord add(Catalog& catalog, std::string const& name) {
        return loop_.run_task(catalog.add_file(records_.file("ann", "content", name)))->file;
    }
    bool has(Catalog& catalog, FileRecord const& expected) {
        auto const found = loop_.run_task(catalog.find_file(expected.owner, expected.id));
        return found && describe(found->file) == describe(expected);
    }
    // The first column of the first row, read by another program.
    std::string ask(std::string const& sql) {
        std::string answer;
        sqlite3* other = nullptr;
        EXPECT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
        auto const keep = [](void* out, int, char** values, char**) {
            *static_cast<std::string*>(out) = values[0] != nullptr ? values[0] : "NULL";
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(other, sql.c_str(), keep, &answer, nullptr), SQLITE_OK);
        sqlite3_close(other);
        return answer;
    }

    ScratchFolder folder_;
    SimLoop loop_;
    RecordSource records_{loop_};
};

TEST_F(SqliteCatalogTest, keeps_its_files_from_one_run_to_the_next) {
    auto const added = add(*open(), "report.pdf");
    EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
    auto const catalog = open();
    EXPECT_TRUE(has(*catalog, added));
    EXPECT_TRUE(loop_.run_task(catalog->check()));
}

TEST_F(SqliteCatalogTest, keeps_what_is_under_way_from_one_run_to_the_next) {
    auto catalog = open();
    auto const file = add(*catalog, "report.pdf");
    auto const intent = records_.intent(file.id, records_.key("content"));
    auto const done = records_.delivery(file.id);
    std::vector<Task<Result<void>>> told;
    told.push_back(catalog->begin_intent(intent));
    told.push_back(catalog->note_finding(intent.id, "two look like it", loop_.wall_now()));
    told.push_back(catalog->queue_delivery(records_.delivery(file.id)));
    told.push_back(catalog->queue_delivery(done));
    told.push_back(catalog->end_delivery(done.id));
    told.push_back(catalog->save_breaker(records_.breaker("glm", "native")));
    told.push_back(catalog->add_event(records_.event("older")));
    told.push_back(catalog->add_event(records_.event("newer")));
    for (auto& task : told)
        ASSERT_TRUE(loop_.run_task(std::move(task)));
    told.clear();
    auto const seen = [&] {
        return describe(loop_.run_task(catalog->open_intents(9))) +
               describe(loop_.run_task(catalog->due_deliveries(loop_.wall_now(), 9, {}))) +
               describe(loop_.run_task(catalog->breakers())) +
               describe(loop_.run_task(catalog->events(9)));
    };
    auto const before = seen();
    EXPECT_TRUE(before.contains("two look like it"));
    catalog.reset();
    catalog = open();
    EXPECT_EQ(seen(), before);
    ASSERT_TRUE(loop_.run_task(catalog->add_event(records_.event("newest"))));
    EXPECT_EQ(loop_.run_task(catalog->events(1))->front().subject, "newest");
}

TEST_F(SqliteCatalogTest, what_was_acknowledged_is_on_disk) {
    auto const catalog = open();
    for (int i = 0; i < 5; ++i) {
        auto const added = add(*catalog, std::to_string(i));
        // What a crash at this instant would leave behind.
        auto const crashed = folder_.path() / fmt::format("crashed {}", i);
        std::filesystem::create_directory(crashed);
        for (std::string const suffix : {"", "-wal"}) {
            std::filesystem::copy_file(file().string() + suffix, crashed / ("catalog.db" + suffix));
        }
        auto const copy = open(crashed / "catalog.db");
        ASSERT_TRUE(copy);
        EXPECT_TRUE(has(**copy, added));
    }
}

TEST_F(SqliteCatalogTest, a_torn_last_write_leaves_those_before) {
    auto const catalog = open();
    auto const first = add(*catalog, "first");
    auto const wal_bytes = std::filesystem::file_size(file().string() + "-wal");
    auto const second = add(*catalog, "second");
    auto const torn = folder_.path() / "torn.db";
    std::filesystem::copy_file(file(), torn);
    std::filesystem::copy_file(file().string() + "-wal", torn.string() + "-wal");
    std::filesystem::resize_file(torn.string() + "-wal", wal_bytes + 100);
    auto const copy = open(torn).value();
    EXPECT_TRUE(has(*copy, first));
    EXPECT_FALSE(has(*copy, second));
    add(*copy, "third");
}

TEST_F(SqliteCatalogTest, a_deleted_file_keeps_its_row_with_time_and_reason) {
    auto const catalog = open();
    auto const added = add(*catalog, "report.pdf");
    auto const when = loop_.wall_now() + seconds(7);
    ASSERT_TRUE(loop_.run_task(catalog->delete_file(added.owner, added.id, when)));
    EXPECT_EQ(ask("SELECT deleted_at FROM files"), std::to_string(when.time_since_epoch().count()));
    EXPECT_EQ(ask("SELECT deletion_reason FROM files"), "manual");
}

TEST_F(SqliteCatalogTest, notes_its_migrations) {
    open();
    EXPECT_EQ(ask("SELECT max(version) FROM schema_migrations"),
              std::to_string(sqlite_migrations().size()));
    EXPECT_EQ(ask("SELECT name FROM schema_migrations WHERE version = 1"), "files_and_placements");
    EXPECT_EQ(ask("SELECT length(checksum) FROM schema_migrations WHERE version = 1"), "64");
    EXPECT_EQ(ask("SELECT applied_at FROM schema_migrations WHERE version = 1"),
              std::to_string(loop_.wall_now().time_since_epoch().count()));
}

// A released migration never changes; adding one changes this test by a line.
TEST_F(SqliteCatalogTest, released_migrations_are_as_they_were) {
    std::vector<std::string> checksums;
    for (auto const& migration : sqlite_migrations())
        checksums.push_back(sha256(migration.script).hex().substr(0, 16));
    EXPECT_EQ(checksums,
              (std::vector<std::string>{"445bc97499b7bab7", "b21ea68fd99bd2f2", "d2ac61c5f17fe9c5",
                                        "16c1db9e1a9d6641", "aa8b8ff53f7176ea"}));
}

TEST_F(SqliteCatalogTest, start_up_errors_name_the_file_and_what_to_do) {
    struct Case {
        char const* title;
        std::string change;
        ErrorCode code;
        char const* expected;
    };
    std::vector<Case> const cases{
        {"newer", "INSERT INTO schema_migrations VALUES (999, 'later', 'x', 0)",
         ErrorCode::database_error, "newer release"},
        {"edited", "UPDATE schema_migrations SET checksum = 'x'", ErrorCode::database_error,
         "another build"},
        {"not ours", "PRAGMA application_id = 7", ErrorCode::catalog_corrupt,
         "not a catalog of this program"},
        {"torn history", "DELETE FROM schema_migrations WHERE version = 1",
         ErrorCode::catalog_corrupt, "lacks version 1"},
    };
    for (auto const& [title, change, code, expected] : cases) {
        SCOPED_TRACE(title);
        std::filesystem::remove(file());
        open();
        ask(change);
        auto const opened = open(file());
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, code);
        EXPECT_TRUE(opened.error().message.contains(expected)) << opened.error().message;
        EXPECT_TRUE(opened.error().message.contains("catalog.db")) << opened.error().message;
    }
}

TEST_F(SqliteCatalogTest, a_catalog_somebody_else_holds_is_named) {
    open();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE", nullptr, nullptr,
                 nullptr);
    auto const opened = open(file());
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().message.contains("the catalog is locked by another program"))
        << opened.error().message;
    sqlite3_close(other);
}

TEST_F(SqliteCatalogTest, a_lock_taken_while_running_refuses_writes_and_not_reads) {
    auto const catalog = open();
    auto const added = add(*catalog, "report.pdf");
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    auto const refused = loop_.run_task(catalog->check());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::database_error);
    EXPECT_TRUE(refused.error().message.contains("locked by another program"));
    EXPECT_FALSE(refused.error().message.contains(file().string())) << "clients may see this";
    EXPECT_TRUE(has(*catalog, added));
    sqlite3_close(other);
    EXPECT_TRUE(loop_.run_task(catalog->check()));
}

TEST_F(SqliteCatalogTest, a_damaged_row_is_reported_and_not_passed_on) {
    auto const catalog = open();
    auto const added = add(*catalog, "report.pdf");
    ask("UPDATE files SET sha256 = '" + std::string(64, 'z') + "'");
    auto const found = loop_.run_task(catalog->find_file(added.owner, added.id));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::catalog_corrupt);
}

TEST_F(SqliteCatalogTest, a_damaged_list_of_providers_does_not_send_a_file_elsewhere) {
    auto const catalog = open();
    auto const added = add(*catalog, "report.pdf");
    ASSERT_TRUE(loop_.run_task(catalog->queue_delivery(records_.delivery(added.id))));
    ask("UPDATE queued_deliveries SET providers = 'kimi,glm'");
    auto const due = loop_.run_task(catalog->due_deliveries(loop_.wall_now(), 9, {}));
    ASSERT_FALSE(due);
    EXPECT_EQ(due.error().code, ErrorCode::catalog_corrupt);
}

}  // namespace
}  // namespace filegate::catalog
