#include "catalog/migrations.hpp"

#include "base/scratch_folder.hpp"
#include "catalog/catalog_conformance.hpp"
#include "catalog/sqlite_catalog.hpp"
#include "db/faulty_vfs.hpp"

namespace filegate::catalog {
namespace {

// What the first release may have left: files in each status, a placement in each, an open intent.
constexpr char const* first_release_rows = R"sql(
INSERT INTO files (id, owner, name, purpose, bytes, sha256, mime_type, status, status_details,
    created_at, last_used_at, expires_at, deleted_at, deletion_reason) VALUES
    ('file-placed', 'ann', 'a.pdf', 'assistants', 4711, printf('%064d', 1), 'application/pdf',
     'placed', '', 1000, 2000, NULL, NULL, NULL),
    ('file-failed', 'ann', 'b.pdf', 'vision', 12, printf('%064d', 2), 'application/pdf',
     'failed', 'glm said no', 1001, 2001, 9000, NULL, NULL),
    ('file-gone', 'ben', 'c.pdf', 'assistants', 13, printf('%064d', 3), 'application/pdf',
     'kept', '', 1002, 2002, NULL, 3000, 'manual');
INSERT INTO placements (id, provider, account, purpose, sha256, provider_file_id, bytes, status,
    provider_status, created_at, expires_at) VALUES
    ('plc-1', 'kimi', 'main', 'file-extract', printf('%064d', 1), 'copy 1', 4711, 'live', 'ok',
     1500, NULL),
    ('plc-2', 'glm', 'main', 'agent', printf('%064d', 3), 'copy 2', 13, 'deleting', 'ok', 1501, 1),
    ('plc-3', 'kimi', 'main', 'file-extract', printf('%064d', 3), 'copy 3', 13, 'deleted', 'ok',
     1502, NULL);
INSERT INTO file_placements (file_id, placement_id) VALUES ('file-placed', 'plc-1');
INSERT INTO intents (id, provider, account, purpose, sha256, file_id, filename, bytes, started_at)
VALUES
    ('int-2', 'kimi', 'main', 'image', printf('%064d', 2), 'file-failed', 'b.pdf', 12, 1900),
    ('int-1', 'glm', 'main', 'agent', printf('%064d', 3), 'file-gone', 'c.pdf', 13, 1901);
INSERT INTO purpose_memories (provider, account, asked, worked)
VALUES ('kimi', 'main', 'vision', 'image');
)sql";

class MigrationsTest : public ::testing::Test {
protected:
    db::SqliteOptions file_of(std::string const& name) const {
        return {.path = folder_.path() / name,
                .what = "catalog",
                .application_id = catalog_application_id};
    }
    // A catalog as the first release made it.
    void make_first_release(std::string const& name) {
        auto const connection = db::Connection::open(file_of(name)).value();
        ASSERT_TRUE(db::migrate(*connection, sqlite_migrations().first(1), loop_));
        ASSERT_TRUE(connection->execute_script("testing", first_release_rows));
    }
    Result<std::unique_ptr<SqliteCatalog>> open(std::string const& name, std::string vfs = {}) {
        return SqliteCatalog::open(folder_.path() / name, {.vfs = std::move(vfs)}, loop_);
    }
    // Every row of a statement's first column.
    std::vector<std::string> ask(std::string const& name, db::Sql sql) {
        auto const connection = db::Connection::open(file_of(name)).value();
        auto query = connection->query(sql);
        std::vector<std::string> rows;
        while (query.step().value())
            rows.push_back(query.text(0));
        return rows;
    }
    std::vector<std::string> schema(std::string const& name) {
        return ask(name, {"testing",
                          "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema"
                          " WHERE name NOT LIKE 'sqlite_%' ORDER BY name"});
    }
    template <class T>
    T get(Task<Result<T>> task) {
        return loop_.run_task(std::move(task)).value();
    }
    // Everything of first_release_rows.
    void expect_first_rows(Catalog& catalog);

    ScratchFolder folder_;
    SimLoop loop_;
    RecordSource records_{loop_};
};

void MigrationsTest::expect_first_rows(Catalog& catalog) {
    auto const files = get(catalog.list_files(PrincipalId("ann"), {.is_ascending = true})).files;
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].file.status_details, "glm said no");
    EXPECT_EQ(files[0].file.expires_at, WallTime(milliseconds(9000)));
    EXPECT_EQ(files[1].file.status, FileStatus::placed);
    EXPECT_EQ(files[1].placements.at(0).provider_file_id, ProviderFileId("copy 1"));
    EXPECT_FALSE(loop_.run_task(catalog.file_record(FileId("file-gone"))));
    for (auto const status :
         {PlacementStatus::live, PlacementStatus::deleting, PlacementStatus::deleted}) {
        EXPECT_EQ(get(catalog.placements_with_status(status, 9)).size(), 1U);
    }
    auto const intents = get(catalog.open_intents(9));
    ASSERT_EQ(intents.size(), 2U);
    EXPECT_EQ(intents[0].id, IntentId("int-2"));  // the older one
    EXPECT_EQ(intents[1].filename, "c.pdf");
    for (auto const& intent : intents) {
        EXPECT_EQ(intent.finding, "");
        EXPECT_EQ(intent.looked_at, std::nullopt);
    }
    EXPECT_EQ(get(catalog.purpose_memories()).size(), 1U);
    EXPECT_EQ(get(catalog.count_deliveries()), 0U);
    EXPECT_EQ(describe(get(catalog.quotas(9, {}))),
              "[\n  ann: 4723 bytes in 2 files, 0 reserved, of none]");
    EXPECT_EQ(get(catalog.breakers()).size(), 0U);
    EXPECT_EQ(get(catalog.events(9)).size(), 0U);
}

TEST_F(MigrationsTest, a_catalog_of_the_first_release_keeps_what_it_has) {
    make_first_release("old.db");
    auto const catalog = open("old.db").value();
    expect_first_rows(*catalog);
}

TEST_F(MigrationsTest, a_catalog_of_the_first_release_works_like_a_new_one) {
    make_first_release("old.db");
    auto const catalog = open("old.db").value();
    auto const now = loop_.wall_now();
    auto const intents = get(catalog->open_intents(9));
    get(catalog->note_finding(intents[0].id, "two look like it", now));
    EXPECT_EQ(get(catalog->open_intents_of(intents[0].key)).at(0).finding, "two look like it");
    EXPECT_EQ(get(catalog->open_intents_like(intents[1].key, 13)).at(0).id, intents[1].id);
    EXPECT_EQ(describe(get(
                  catalog->recorded_copies(ProviderName("kimi"), AccountName("main"),
                                           {ProviderFileId("copy 2"), ProviderFileId("copy 1")}))),
              describe(std::vector{ProviderFileId("copy 1")}));
    auto const placement = records_.placement(intents[0].key);
    get(catalog->finish_intent(intents[0].id, placement));
    EXPECT_EQ(get(catalog->file_record(FileId("file-failed"))).status, FileStatus::placed);
    auto const finished =
        loop_.run_task(catalog->finish_intent(intents[1].id, records_.placement(intents[1].key)));
    EXPECT_EQ(finished.error().code, ErrorCode::file_not_found) << "its file is deleted";
    get(catalog->queue_delivery(records_.delivery(FileId("file-placed"))));
    EXPECT_FALSE(loop_.run_task(catalog->queue_delivery(records_.delivery(FileId("file-gone")))));
    EXPECT_EQ(get(catalog->due_deliveries(now, 9, {})).size(), 1U);
    get(catalog->delete_file(PrincipalId("ann"), FileId("file-placed"), now));
    EXPECT_EQ(get(catalog->count_deliveries()), 0U);
}

TEST_F(MigrationsTest, lead_to_one_schema_whatever_release_began) {
    make_first_release("old.db");
    ASSERT_TRUE(open("old.db"));
    ASSERT_TRUE(open("new.db"));
    EXPECT_EQ(schema("old.db"), schema("new.db"));
    EXPECT_GT(schema("new.db").size(), 20U);
}

TEST_F(MigrationsTest, are_applied_once_however_often_the_catalog_is_opened) {
    constexpr db::Sql history{"testing",
                              "SELECT version || name || checksum || applied_at"
                              " FROM schema_migrations ORDER BY version"};
    make_first_release("old.db");
    loop_.run(loop_.monotonic_now() + seconds(60));
    ASSERT_TRUE(open("old.db"));
    auto const noted = ask("old.db", history);
    auto const made = schema("old.db");
    EXPECT_EQ(noted.size(), sqlite_migrations().size());
    for (int i = 0; i < 3; ++i) {
        loop_.run(loop_.monotonic_now() + seconds(60));
        auto const catalog = open("old.db").value();
        expect_first_rows(*catalog);
    }
    EXPECT_EQ(ask("old.db", history), noted);
    EXPECT_EQ(schema("old.db"), made);
}

TEST_F(MigrationsTest, that_fail_at_any_step_leave_a_catalog_that_opens_later) {
    db::FaultyVfs vfs;
    bool has_failed = true;
    int step = 0;
    for (; has_failed; ++step) {
        SCOPED_TRACE(fmt::format("step {}", step));
        auto const name = fmt::format("{}.db", step);
        make_first_release(name);
        vfs.arm({.spared = step, .code = SQLITE_IOERR_WRITE});
        has_failed = !open(name, db::FaultyVfs::name);
        vfs.heal();
        auto const version =
            ask(name, {"testing", "SELECT max(version) FROM schema_migrations"}).front();
        auto const tables =
            ask(name, {"testing", "SELECT 1 FROM sqlite_schema WHERE name = 'breakers'"});
        EXPECT_EQ(tables.size(), version == "1" ? 0U : 1U);
        auto const opened = open(name);
        ASSERT_TRUE(opened) << opened.error().message;
        expect_first_rows(**opened);
    }
    EXPECT_GT(step, 5) << "the migration has that many steps at least";
}

}  // namespace
}  // namespace filegate::catalog
