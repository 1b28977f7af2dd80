#include "db/migrate.hpp"

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"

namespace filegate::db {
namespace {

constexpr Migration first{.name = "first",
                          .script = "CREATE TABLE a (x); INSERT INTO a VALUES (1)"};
constexpr Migration second{.name = "second", .script = "CREATE TABLE b (x)"};
constexpr Migration broken{.name = "broken", .script = "CREATE TABLE c (x); CREATE TABLE a (x)"};

class MigrateTest : public ::testing::Test {
protected:
    Result<void> run(std::vector<Migration> const& migrations) {
        return migrate(*connection_, migrations, clock_);
    }
    std::int64_t count(Sql sql) {
        auto query = connection_->query(sql);
        EXPECT_TRUE(query.step().value());
        return query.integer(0);
    }
    std::int64_t tables(std::string const& name) {
        constexpr Sql sql{"testing", "SELECT count(*) FROM sqlite_schema WHERE name = ?1"};
        auto query = connection_->query(sql, name);
        EXPECT_TRUE(query.step().value());
        return query.integer(0);
    }

    ScratchFolder folder_;
    SimLoop clock_;
    std::unique_ptr<Connection> connection_ =
        Connection::open({.path = folder_.path() / "m.db", .what = "notebook"}).value();
};

TEST_F(MigrateTest, applies_each_migration_once) {
    constexpr Sql rows{"testing", "SELECT count(*) FROM a"};
    constexpr Sql noted{"testing", "SELECT max(applied_at) FROM schema_migrations"};
    ASSERT_TRUE(run({first}));
    ASSERT_TRUE(run({first}));
    ASSERT_TRUE(run({first, second}));
    ASSERT_TRUE(run({first, second}));
    EXPECT_EQ(count(rows), 1);
    EXPECT_EQ(tables("b"), 1);
    EXPECT_EQ(count(noted), clock_.wall_now().time_since_epoch().count());
}

TEST_F(MigrateTest, a_migration_that_fails_leaves_nothing_and_keeps_those_before) {
    auto const failed = run({first, broken});
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().detail.contains("migration 2 (broken)")) << failed.error().detail;
    EXPECT_EQ(tables("a"), 1);
    EXPECT_EQ(tables("c"), 0);
    EXPECT_TRUE(run({first, second}));
}

TEST_F(MigrateTest, a_newer_schema_is_refused_with_both_versions) {
    ASSERT_TRUE(run({first, second}));
    auto const older = run({first});
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, ErrorCode::database_error);
    EXPECT_TRUE(older.error().message.contains("newer release")) << older.error().message;
    EXPECT_TRUE(older.error().message.contains("version 2, this one knows 1"))
        << older.error().message;
}

TEST_F(MigrateTest, a_changed_history_is_refused) {
    ASSERT_TRUE(run({first}));
    auto const changed = run({second});
    ASSERT_FALSE(changed);
    EXPECT_TRUE(changed.error().message.contains("another build")) << changed.error().message;
}

TEST_F(MigrateTest, a_history_with_a_gap_is_refused) {
    ASSERT_TRUE(run({first, second}));
    ASSERT_TRUE(
        connection_->execute_script("testing", "DELETE FROM schema_migrations WHERE version = 1"));
    auto const torn = run({first, second});
    ASSERT_FALSE(torn);
    EXPECT_EQ(torn.error().code, ErrorCode::catalog_corrupt);
}

}  // namespace
}  // namespace filegate::db
