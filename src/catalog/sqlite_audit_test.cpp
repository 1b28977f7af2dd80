// Whoever can write the catalog's file tampers with the trail; verify must see it.

#include <sqlite3.h>

#include "base/scratch_folder.hpp"
#include "catalog/audit_verify.hpp"
#include "catalog/catalog_conformance.hpp"
#include "catalog/migrations.hpp"
#include "catalog/sqlite_catalog.hpp"

namespace filegate::catalog {
namespace {

constexpr int trail_rows = 12;

class SqliteAudit : public ::testing::Test {
protected:
    void SetUp() override {
        catalog_ = SqliteCatalog::open(file_, {}, loop_).value();
        for (int i = 0; i < trail_rows; ++i) {
            auto event = records_.event("subject " + std::to_string(i));
            event.door = "http";
            event.peer_address = "127.0.0.1";
            event.request = records_.ids().request();
            event.file = records_.ids().file();
            event.error_code = i;
            get(catalog_->add_event(event));
        }
    }
    template <class T>
    T get(Task<Result<T>> task) {
        return loop_.run_task(std::move(task)).value();
    }
    // With a connection of its own, as another program would.
    void tamper(std::string const& sql) { EXPECT_GT(run_elsewhere(sql), 0) << sql; }
    int run_elsewhere(std::string const& sql) {
        sqlite3* other = nullptr;
        EXPECT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
        char* message = nullptr;
        EXPECT_EQ(sqlite3_exec(other, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
            << sql << ": " << (message == nullptr ? "" : message);
        auto const changes = sqlite3_changes(other);
        sqlite3_free(message);
        sqlite3_close(other);
        return changes;
    }
    std::optional<ChainBreak> broken() { return get(verify_audit(*catalog_)).broken; }
    // Undoes what a test did by starting from the same rows again.
    void save() {
        run_elsewhere(
            "CREATE TABLE saved AS SELECT * FROM audit_events;"
            "CREATE TABLE saved_ends AS SELECT * FROM audit_chain");
    }
    void restore() {
        run_elsewhere(
            "DELETE FROM audit_events; DELETE FROM audit_chain;"
            "INSERT INTO audit_events SELECT * FROM saved;"
            "INSERT INTO audit_chain SELECT * FROM saved_ends");
    }

    ScratchFolder folder_;
    std::string file_ = folder_.path() / "catalog.db";
    SimLoop loop_;
    RecordSource records_{loop_};
    std::unique_ptr<SqliteCatalog> catalog_;
};

TEST_F(SqliteAudit, a_changed_column_of_any_row_is_found) {
    save();
    for (auto const* change :
         {"at = at + 1", "principal = principal || 'x'", "door = ''", "peer_address = '10.0.0.1'",
          "request = 'req-x'", "action = 'file.created'", "subject = ''", "file = ''",
          "outcome = 'refused'", "error_code = error_code + 4294967296",
          "detail = detail || char(0)", "hash = upper(hash) || ' '"}) {
        for (int id = 1; id <= trail_rows; ++id) {
            tamper(fmt::format("UPDATE audit_events SET {} WHERE id = {}", change, id));
            auto const found = broken();
            ASSERT_TRUE(found) << change << " of row " << id;
            EXPECT_EQ(found->id, id) << change << ": " << found->what;
            restore();
            ASSERT_FALSE(broken());
        }
    }
}

TEST_F(SqliteAudit, a_deleted_row_is_found) {
    save();
    for (int id = 1; id <= trail_rows; ++id) {
        tamper(fmt::format("DELETE FROM audit_events WHERE id = {}", id));
        auto const found = broken();
        ASSERT_TRUE(found) << "row " << id;
        EXPECT_EQ(found->id, id) << found->what;
        restore();
    }
}

TEST_F(SqliteAudit, a_deleted_row_whose_gap_was_closed_is_found) {
    tamper(
        "DELETE FROM audit_events WHERE id = 5;"
        "UPDATE audit_events SET id = -id WHERE 0;"
        "CREATE TABLE moved AS SELECT * FROM audit_events WHERE id > 5;"
        "DELETE FROM audit_events WHERE id > 5; UPDATE moved SET id = id - 1;"
        "INSERT INTO audit_events SELECT * FROM moved;"
        "UPDATE audit_chain SET head_id = head_id - 1");
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->id, 5);
}

TEST_F(SqliteAudit, rows_that_changed_places_are_found) {
    save();
    for (int id = 1; id < trail_rows; ++id) {
        tamper(
            fmt::format("UPDATE audit_events SET id = 1000 WHERE id = {0};"
                        "UPDATE audit_events SET id = {0} WHERE id = {0} + 1;"
                        "UPDATE audit_events SET id = {0} + 1 WHERE id = 1000",
                        id));
        ASSERT_TRUE(broken()) << "rows " << id;
        EXPECT_EQ(broken()->id, id);
        restore();
    }
}

TEST_F(SqliteAudit, a_tail_that_was_cut_off_is_found) {
    save();
    for (int kept = 0; kept < trail_rows; ++kept) {
        tamper(fmt::format("DELETE FROM audit_events WHERE id > {}", kept));
        ASSERT_TRUE(broken()) << kept << " rows left";
        EXPECT_EQ(broken()->id, kept + 1);
        restore();
    }
}

TEST_F(SqliteAudit, a_tail_that_was_cut_off_together_with_the_head_is_found_by_a_noted_head) {
    auto const noted = get(verify_audit(*catalog_)).bounds.head;
    tamper(
        "DELETE FROM audit_events WHERE id > 6;"
        "UPDATE audit_chain SET head_id = 6,"
        " head_hash = (SELECT hash FROM audit_events WHERE id = 6)");
    EXPECT_FALSE(broken()) << "the chain itself cannot show this";
    EXPECT_TRUE(get(verify_audit(*catalog_, noted)).broken);
}

TEST_F(SqliteAudit, an_inserted_row_is_found) {
    tamper(
        "INSERT INTO audit_events SELECT id + 1, at, principal, door, peer_address, request,"
        " action, subject, file, outcome, error_code, detail, hash FROM audit_events"
        " ORDER BY id DESC LIMIT 1");
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->id, trail_rows + 1);
}

TEST_F(SqliteAudit, a_front_that_somebody_took_is_found) {
    tamper("DELETE FROM audit_events WHERE id <= 4");
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->id, 1);
    tamper("UPDATE audit_chain SET anchor_id = 4, anchor_hash = printf('%064d', 0)");
    EXPECT_TRUE(broken());
}

TEST_F(SqliteAudit, changed_ends_are_found) {
    save();
    for (auto const* change : {"head_id = 11", "head_id = 13", "head_hash = 'x'", "anchor_id = 1",
                               "anchor_hash = 'x'", "head_id = 0, head_hash = anchor_hash"}) {
        tamper(fmt::format("UPDATE audit_chain SET {}", change));
        EXPECT_TRUE(broken()) << change;
        restore();
    }
}

TEST_F(SqliteAudit, without_a_head_nothing_is_changed_any_more) {
    tamper("DELETE FROM audit_chain");
    auto const added = loop_.run_task(catalog_->add_file(records_.file("ann", "content")));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::catalog_corrupt);
    auto const listed = get(catalog_->list_files(PrincipalId("ann"), {}));
    EXPECT_EQ(listed.files.size(), 0U) << "what cannot be audited does not happen";
}

TEST_F(SqliteAudit, a_restart_goes_on_with_the_chain) {
    auto const head = get(verify_audit(*catalog_)).bounds.head;
    catalog_.reset();
    catalog_ = SqliteCatalog::open(file_, {}, loop_).value();
    get(catalog_->add_event(records_.event("after")));
    auto const verdict = get(verify_audit(*catalog_, head));
    EXPECT_FALSE(verdict.broken);
    EXPECT_EQ(verdict.bounds.head.id, trail_rows + 1);
}

TEST_F(SqliteAudit, rows_of_an_earlier_release_become_the_first_of_the_chain) {
    auto const file = folder_.path() / "old.db";
    {
        auto const old =
            db::Connection::open(
                {.path = file, .what = "catalog", .application_id = catalog_application_id})
                .value();
        ASSERT_TRUE(db::migrate(*old, sqlite_migrations().first(2), loop_));
        ASSERT_TRUE(old->execute_script(
            "testing",
            "INSERT INTO events (at, principal, action, subject, outcome, detail)"
            " VALUES (1, 'ann', 'breaker.open', 'glm/native', 'done', 'by hand'),"
            " (2, '', 'intent.adopted', 'int-1', 'done', '')"));
    }
    for (int start = 0; start < 2; ++start) {
        auto const catalog = SqliteCatalog::open(file, {}, loop_).value();
        auto const page = get(catalog->audit_page({}));
        ASSERT_EQ(page.rows.size(), 2U);
        EXPECT_EQ(page.rows[0].event.principal, PrincipalId("ann"));
        EXPECT_EQ(page.rows[0].event.detail, "by hand");
        EXPECT_EQ(page.rows[1].event.action, "intent.adopted");
        EXPECT_FALSE(get(verify_audit(*catalog)).broken);
    }
}

// Random tampering with any value of any row, whatever it is: found, or nothing was changed.
TEST_F(SqliteAudit, random_tampering_is_found) {
    save();
    SeededRandom random(20'260'101);
    constexpr std::array columns{"at",      "principal",  "door",    "peer_address",
                                 "request", "action",     "subject", "file",
                                 "outcome", "error_code", "detail",  "hash"};
    for (int i = 0; i < 150; ++i) {
        auto const* const column = columns[random.below(columns.size())];
        auto const id = 1 + random.below(trail_rows);
        auto const is_number =
            std::string_view(column) == "at" || std::string_view(column) == "error_code";
        auto const value = is_number ? std::to_string(random.below(1'000'000) + 100)
                                     : fmt::format("'{}'", random.below(1'000'000));
        tamper(fmt::format("UPDATE audit_events SET {} = {} WHERE id = {}", column, value, id));
        ASSERT_TRUE(broken()) << column << " = " << value << " of row " << id;
        restore();
    }
}

}  // namespace
}  // namespace filegate::catalog
