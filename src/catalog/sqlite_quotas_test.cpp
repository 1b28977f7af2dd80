// What is the SQLite catalog's own about quotas: what a restart keeps and what it lets go, callers
// that go away in the middle, books that cannot be read.

#include <sqlite3.h>

#include "base/deadline.hpp"
#include "base/scratch_folder.hpp"
#include "catalog/catalog_conformance.hpp"
#include "catalog/sqlite_catalog.hpp"

namespace filegate::catalog {
namespace {

PrincipalId const ann("ann");

class SqliteQuotas : public ::testing::Test {
protected:
    void reopen() {
        catalog_.reset();
        catalog_ = SqliteCatalog::open(file(), {.busy_timeout = milliseconds(5)}, loop_).value();
    }
    std::string file() const { return folder_.path() / "catalog.db"; }
    QuotaAsk ask(std::uint64_t bytes) {
        return {.id = records_.ids().reservation(),
                .owner = ann,
                .bytes_least = bytes,
                .bytes_most = bytes,
                .default_limit_bytes = 100};
    }
    Result<std::uint64_t> reserve(QuotaAsk const& wanted) {
        return loop_.run_task(catalog_->reserve_quota(wanted));
    }
    std::string quota() { return describe(loop_.run_task(catalog_->quota_of(ann))); }
    NewFile file_for(QuotaAsk const& held) {
        auto file = records_.file("ann", "content of " + held.id.text());
        file.bytes = held.bytes_most;
        file.reservation = held.id;
        return file;
    }

    ScratchFolder folder_;
    SimLoop loop_;
    RecordSource records_{loop_};
    std::unique_ptr<SqliteCatalog> catalog_ =
        SqliteCatalog::open(file(), {.busy_timeout = milliseconds(5)}, loop_).value();
};

TEST_F(SqliteQuotas, a_restart_keeps_charges_and_limits_and_lets_reservations_go) {
    auto const kept = ask(30);
    ASSERT_TRUE(reserve(kept));
    ASSERT_TRUE(loop_.run_task(catalog_->add_file(file_for(kept))));
    ASSERT_TRUE(loop_.run_task(catalog_->set_quota(ann, 90)));
    auto const lost = ask(60);
    ASSERT_TRUE(reserve(lost));
    EXPECT_EQ(quota(), "ann: 30 bytes in 1 files, 60 reserved, of 90");
    reopen();
    EXPECT_EQ(quota(), "ann: 30 bytes in 1 files, 0 reserved, of 90");
    catalog_->release_reservation(lost.id);
    EXPECT_EQ(loop_.run_task(catalog_->add_file(file_for(lost))).error().code,
              ErrorCode::quota_exceeded)
        << "a reservation of an earlier process";
}

Task<void> add_into(Catalog& catalog, NewFile file, int& ended) {
    static_cast<void>(co_await catalog.add_file(std::move(file)));
    ++ended;
}

Task<Done> join(TaskGroup& group) {
    co_await group.join();
    co_return Done();
}

TEST_F(SqliteQuotas, a_file_whose_caller_went_away_is_charged_and_holds_nothing) {
    int ended = 0;
    std::uint64_t charged = 0;
    for (int i = 0; i < 20; ++i) {
        auto const held = ask(3);
        ASSERT_TRUE(reserve(held));
        TaskGroup group(loop_);
        group.spawn(add_into(*catalog_, file_for(held), ended));
        group.cancel();
        loop_.run_task(join(group));
        catalog_->release_reservation(held.id);
        charged += 3;
    }
    EXPECT_EQ(ended, 0) << "nobody was to hear of it";
    EXPECT_EQ(quota(), fmt::format("ann: {} bytes in 20 files, 0 reserved, of none", charged));
    reopen();
    EXPECT_EQ(quota(), fmt::format("ann: {} bytes in 20 files, 0 reserved, of none", charged));
}

TEST_F(SqliteQuotas, books_that_cannot_be_read_let_nothing_in) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    EXPECT_EQ(reserve(ask(1)).error().code, ErrorCode::database_error);
    sqlite3_close(other);
    EXPECT_TRUE(reserve(ask(1)));
}

TEST_F(SqliteQuotas, a_charge_that_cannot_be_written_leaves_the_file_unrecorded) {
    auto const held = ask(10);
    ASSERT_TRUE(reserve(held));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "DROP TABLE user_quotas", nullptr, nullptr, nullptr);
    sqlite3_close(other);
    EXPECT_FALSE(loop_.run_task(catalog_->add_file(file_for(held))));
    EXPECT_EQ(loop_.run_task(catalog_->list_files(ann, {}))->files.size(), 0U);
    EXPECT_EQ(quota(), "ann: 0 bytes in 0 files, 10 reserved, of none");
}

}  // namespace
}  // namespace filegate::catalog
