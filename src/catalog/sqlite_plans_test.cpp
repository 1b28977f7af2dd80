// Lookup, listing and deduplication must cost the same for a thousand files and for ten million:
// no statement the catalog ever runs may walk a table. Statements are not listed here by hand; they
// are watched while random calls run.

#include <set>

#include <sqlite3.h>

#include "base/scratch_folder.hpp"
#include "catalog/memory_catalog.hpp"
#include "catalog/random_calls.hpp"
#include "catalog/sqlite_catalog.hpp"

namespace filegate::catalog {
namespace {

// While it lives, every connection that is opened is watched.
class StatementWatch {
public:
    StatementWatch() {
        seen().clear();
        sqlite3_auto_extension(entry());
    }
    ~StatementWatch() { sqlite3_cancel_auto_extension(entry()); }
    StatementWatch(StatementWatch const&) = delete;
    StatementWatch& operator=(StatementWatch const&) = delete;

    static std::set<std::string>& seen() {
        static std::set<std::string> statements;
        return statements;
    }

private:
    using Entry = void (*)();
    static Entry entry() { return reinterpret_cast<Entry>(&watch); }
    static int watch(sqlite3* connection, char**, sqlite3_api_routines const*) {
        return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, note, nullptr);
    }
    static int note(unsigned, void*, void* statement, void*) {
        static std::mutex mutex;
        std::scoped_lock const lock(mutex);
        seen().emplace(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
        return 0;
    }
};

// Both are small whatever the catalog holds.
bool may_walk(std::string const& step) {
    return step.contains("SCAN intents USING INDEX") ||  // what is open; in order, limited
           step.contains("SCAN queued_deliveries USING COVERING INDEX") ||  // counted
           step == "SCAN audit_events" ||      // latest first by rowid, limited
           step == "SCAN unchained_events" ||  // empty but after an upgrade
           step == "SCAN breakers" ||          // a row per provider and transport
           step == "SCAN revocations" ||       // no more than can be listed
           step == "SCAN purpose_memories";    // a row per account and purpose
}

// A search may still be a long one when it uses only the first column of an index: where many rows
// can share that column, the whole key must be searched for.
struct Search {
    char const* statement_has;
    char const* plan_has;
};
constexpr std::array searches{
    Search{"owner = ?1 AND id < ?2 AND deleted", "(owner=? AND id<?)"},
    Search{"owner = ?1 AND id > ?2 AND deleted", "(owner=? AND id>?)"},
    Search{"id < ?2 AND purpose = ?4", "(owner=? AND purpose=? AND id<?)"},
    Search{"id > ?2 AND purpose = ?4", "(owner=? AND purpose=? AND id>?)"},
    Search{"purpose = ?3 AND name = ?4", "(sha256=? AND owner=? AND purpose=? AND name=?)"},
    Search{"owner = ?1 AND sha256 = ?2 AND deleted", "(sha256=? AND owner=?)"},
    Search{"FROM files WHERE sha256 = ?1", "(sha256=?)"},
    Search{"purpose = ?3 AND sha256 = ?4", "(provider=? AND account=? AND purpose=? AND sha256=?)"},
    Search{"FROM file_placements WHERE placement_id", "(placement_id=?)"},
    Search{"FROM placements WHERE status = ?1", "(status=?)"},
    Search{"WHERE l.file_id = ?1 AND p.status", "SEARCH l USING PRIMARY KEY (file_id=?)"},
    Search{"UPDATE files SET status = 'kept'", "SEARCH l USING PRIMARY KEY (file_id=?)"},
    Search{"provider_file_id = ?3", "(provider=? AND account=? AND provider_file_id=?)"},
    Search{"(started_at, id) > (?2, ?3)", "intents_by_start ((started_at,id)>(?,?))"},
    Search{"FROM intents WHERE provider = ?1 AND account = ?2 AND purpose = ?3 AND sha256",
           "(provider=? AND account=? AND purpose=? AND sha256=?)"},
    Search{"purpose = ?3 AND bytes = ?4", "(provider=? AND account=? AND purpose=? AND bytes=?)"},
    Search{"WHERE id > ?1 AND (?3", "(id>?)"},
    Search{"WHERE id < ?1 AND (?3", "(id<?)"},
    Search{"FROM user_quotas WHERE owner = ?1", "(owner=?)"},
    Search{"UPDATE user_quotas", "(owner=?)"},
    Search{"FROM user_quotas WHERE owner > ?1", "(owner>?)"},
    Search{"WHERE next_try_at <= ?1", "(next_try_at<?)"},
    Search{"FROM audit_events WHERE id > ?1", "INTEGER PRIMARY KEY (rowid>?)"},
    Search{"DELETE FROM audit_events WHERE id <= ?1", "INTEGER PRIMARY KEY (rowid<?)"},
    Search{"DELETE FROM queued_deliveries WHERE file_id", "(file_id=?)"},
};

bool is_about_files(std::string const& statement) {
    bool const changes_or_reads =
        std::ranges::any_of(std::array{"SELECT", "INSERT", "UPDATE", "DELETE"},
                            [&](char const* verb) { return statement.starts_with(verb); });
    return changes_or_reads && !statement.contains("sqlite_schema") &&
           !statement.contains("schema_migrations") &&
           !statement.contains("GROUP BY owner");  // a migration's, once
}

class SqlitePlans : public ::testing::Test {
protected:
    void SetUp() override {
        auto const file = folder_.path() / "catalog.db";
        auto const memory = make_memory_catalog();
        auto const sqlite = SqliteCatalog::open(file, {}, loop_).value();
        RandomCalls random(loop_, *memory, *sqlite, 7);
        for (int call = 0; call < 800; ++call)
            ASSERT_TRUE(random.make_one());
        ASSERT_TRUE(random.compare_all());
        ASSERT_EQ(sqlite3_open(file.c_str(), &other_), SQLITE_OK);
    }
    void TearDown() override { sqlite3_close(other_); }

    std::vector<std::string> plan(std::string const& statement) {
        std::vector<std::string> steps;
        auto const keep = [](void* out, int, char** values, char**) {
            static_cast<std::vector<std::string>*>(out)->emplace_back(values[3]);
            return 0;
        };
        auto const explain = "EXPLAIN QUERY PLAN " + statement;
        EXPECT_EQ(sqlite3_exec(other_, explain.c_str(), keep, &steps, nullptr), SQLITE_OK)
            << statement;
        return steps;
    }

    StatementWatch watch_;
    SimLoop loop_;
    ScratchFolder folder_;
    sqlite3* other_ = nullptr;
};

TEST_F(SqlitePlans, no_statement_walks_a_table) {
    int checked = 0;
    for (auto const& statement : StatementWatch::seen()) {
        if (!is_about_files(statement)) continue;
        ++checked;
        for (auto const& step : plan(statement)) {
            EXPECT_FALSE(step.starts_with("SCAN") && !may_walk(step)) << step << "\n" << statement;
            // Only a file's own few placements are sorted.
            EXPECT_FALSE(step.contains("TEMP B-TREE") && !statement.contains("l.file_id = ?1"))
                << step << "\n"
                << statement;
        }
    }
    EXPECT_GE(checked, 45);
}

TEST_F(SqlitePlans, the_hot_searches_use_their_whole_key) {
    for (auto const& search : searches) {
        SCOPED_TRACE(search.statement_has);
        auto const statement = std::ranges::find_if(StatementWatch::seen(), [&](auto const& seen) {
            return seen.contains(search.statement_has);
        });
        ASSERT_NE(statement, StatementWatch::seen().end());
        auto const steps = plan(*statement);
        EXPECT_TRUE(std::ranges::any_of(steps, [&](auto const& step) {
            return step.contains(search.plan_has);
        })) << steps.front();
    }
}

}  // namespace
}  // namespace filegate::catalog
