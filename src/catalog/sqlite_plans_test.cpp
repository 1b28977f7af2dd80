// Lookup, listing and deduplication must cost the same for a thousand files and for ten million:
// no statement the catalog ever runs may walk a table. Statements are not listed here by hand; they
// are watched while random calls run.

#include <fstream>
#include <set>

#include <sqlite3.h>

#include "catalog/memory_catalog.hpp"
#include "catalog/random_calls.hpp"
#include "catalog/sqlite_catalog.hpp"
#include "db/scratch_folder.hpp"

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

std::vector<std::string> plan(sqlite3* connection, std::string const& statement) {
    std::vector<std::string> steps;
    auto const keep = [](void* out, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(values[3]);
        return 0;
    };
    auto const explain = "EXPLAIN QUERY PLAN " + statement;
    EXPECT_EQ(sqlite3_exec(connection, explain.c_str(), keep, &steps, nullptr), SQLITE_OK)
        << statement;
    return steps;
}

// Both are small whatever the catalog holds.
bool may_walk(std::string const& step) {
    return step.contains("SCAN intents USING INDEX") ||  // deliveries under way; in order, limited
           step == "SCAN purpose_memories";              // a row per account and purpose
}

bool is_about_files(std::string const& statement) {
    bool const changes_or_reads =
        std::ranges::any_of(std::array{"SELECT", "INSERT", "UPDATE", "DELETE"},
                            [&](char const* verb) { return statement.starts_with(verb); });
    return changes_or_reads && !statement.contains("sqlite_schema") &&
           !statement.contains("schema_migrations");
}

TEST(sqlite_plans, no_statement_walks_a_table) {
    StatementWatch const watch;
    SimLoop loop;
    db::ScratchFolder const folder;
    auto const file = folder.path() / "catalog.db";
    auto const memory = make_memory_catalog();
    auto const sqlite = SqliteCatalog::open(file, {}, loop).value();
    RandomCalls random(loop, *memory, *sqlite, 7);
    for (int call = 0; call < 800; ++call)
        ASSERT_TRUE(random.make_one());
    ASSERT_TRUE(random.compare_all());

    auto const statements = StatementWatch::seen();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
    int checked = 0;
    for (auto const& statement : statements) {
        if (!is_about_files(statement)) continue;
        ++checked;
        for (auto const& step : plan(other, statement)) {
            EXPECT_FALSE(step.starts_with("SCAN") && !may_walk(step)) << step << "\n" << statement;
            // Only a file's own few placements are sorted.
            EXPECT_FALSE(step.contains("TEMP B-TREE") && !statement.contains("l.file_id = ?1"))
                << step << "\n"
                << statement;
        }
    }
    sqlite3_close(other);
    EXPECT_GE(checked, 25);
}

}  // namespace
}  // namespace filegate::catalog
