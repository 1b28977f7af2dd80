#include "db/group_writer.hpp"

#include <latch>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"
#include "db/faulty_vfs.hpp"
#include "db/reader_pool.hpp"

namespace filegate::db {
namespace {

constexpr Sql make_table{"making a table",
                         "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"};
constexpr Sql insert_note{"adding a note", "INSERT INTO notes (id, text) VALUES (?1, ?2)"};
constexpr Sql count_notes{"counting notes", "SELECT count(*) FROM notes"};

Task<void> hold_writer(GroupWriter& writer, std::latch& gate) {
    auto work = [&gate](Connection&) -> Result<void> {
        gate.wait();
        return {};
    };
    auto const held = co_await writer.write(work);
    static_cast<void>(held);
}

Task<void> add_note(GroupWriter& writer, std::int64_t id, std::string text,
                    std::vector<Result<void>>& outcomes) {
    auto const slot = outcomes.size();
    outcomes.emplace_back(fail(ErrorCode::unexpected_error, "not done"));
    auto work = [&](Connection& connection) -> Result<void> {
        TRY(connection.run(insert_note, id, text));
        if (text == "half") return fail(ErrorCode::file_locked, "after the first of two steps");
        return {};
    };
    outcomes[slot] = co_await writer.write(work);
}

Task<void> open_gate(std::latch& gate) {
    gate.count_down();
    co_return;
}

Task<Done> join(TaskGroup& group) {
    co_await group.join();
    co_return Done();
}

class GroupWriterTest : public ::testing::Test {
protected:
    void open(GroupWriterOptions options = {}, std::string const& settings = "") {
        auto connection = Connection::open(file_).value();
        EXPECT_TRUE(connection->run(make_table));
        EXPECT_TRUE(connection->execute_script("testing", settings));
        writer_ = std::make_unique<GroupWriter>(std::move(connection), options);
    }

    // The writer is kept busy until all of `texts` wait, so that they form one group. Their ids
    // are 1, 2, 3, ...; "again" tries to take id 1 once more, "half" fails after its first step.
    std::vector<Result<void>> add_together(std::vector<std::string> const& texts) {
        std::vector<Result<void>> outcomes;
        outcomes.reserve(texts.size());
        std::latch gate(1);
        loop_.run_task(run_together(texts, gate, outcomes));
        return outcomes;
    }
    Task<Done> run_together(std::vector<std::string> const& texts, std::latch& gate,
                            std::vector<Result<void>>& outcomes) {
        TaskGroup group(loop_);
        group.spawn(hold_writer(*writer_, gate));
        for (std::size_t i = 0; i < texts.size(); ++i) {
            group.spawn(add_note(*writer_, texts[i] == "again" ? 1 : std::int64_t(i) + 1, texts[i],
                                 outcomes));
        }
        group.spawn(open_gate(gate));
        co_await group.join();
        co_return Done();
    }

    std::int64_t notes_on_disk() {
        auto const connection = Connection::open(file_).value();
        auto query = connection->query(count_notes);
        EXPECT_TRUE(query.step().value());
        return query.integer(0);
    }

    FaultyVfs vfs_;
    ScratchFolder folder_;
    SqliteOptions file_{.path = folder_.path() / "notes.db",
                        .what = "notebook",
                        .busy_timeout = milliseconds(5),
                        .vfs = FaultyVfs::name};
    SimLoop loop_;
    std::unique_ptr<GroupWriter> writer_;
};

std::vector<ErrorCode> codes(std::vector<Result<void>> const& outcomes) {
    std::vector<ErrorCode> failed;
    for (auto const& outcome : outcomes)
        if (!outcome) failed.push_back(outcome.error().code);
    return failed;
}

TEST_F(GroupWriterTest, waiting_writes_share_one_flush) {
    open();
    auto const before = vfs_.flushes();
    auto const outcomes = add_together(std::vector<std::string>(100, "x"));
    EXPECT_EQ(codes(outcomes).size(), 0U);
    // One for the log's header when it starts, one for the write that held the gate, one for all.
    EXPECT_LE(vfs_.flushes() - before, 3);
    EXPECT_EQ(notes_on_disk(), 100);
}

TEST_F(GroupWriterTest, a_write_that_fails_fails_alone) {
    open();
    auto const outcomes = add_together({"a", "half", "again", "b", "half"});
    EXPECT_EQ(codes(outcomes), (std::vector{ErrorCode::file_locked, ErrorCode::database_error,
                                            ErrorCode::file_locked}));
    EXPECT_EQ(notes_on_disk(), 2);
    EXPECT_EQ(codes(add_together({"half"})).size(), 1U);
    EXPECT_EQ(notes_on_disk(), 2);
}

TEST_F(GroupWriterTest, a_write_that_does_not_fit_leaves_room_for_the_others) {
    open({}, "PRAGMA max_page_count = 20");
    auto const outcomes = add_together({"a", std::string(1 << 20, 'x'), "b", "c"});
    EXPECT_EQ(codes(outcomes), std::vector{ErrorCode::store_full});
    EXPECT_FALSE(outcomes[1]);
    EXPECT_EQ(notes_on_disk(), 3);
    EXPECT_EQ(codes(add_together({"again", "x", "x", "x", "fifth"})).size(), 3U);
    EXPECT_EQ(notes_on_disk(), 5);
}

TEST_F(GroupWriterTest, a_group_that_cannot_be_committed_is_tried_one_by_one) {
    open();
    ASSERT_EQ(codes(add_together({"warm"})).size(), 0U);
    vfs_.arm({.code = SQLITE_IOERR_FSYNC, .failures_left = 1});
    EXPECT_EQ(codes(add_together({"again", "b", "c"})),
              std::vector{ErrorCode::database_error});  // id 1 is taken
    EXPECT_EQ(vfs_.failures(), 1);
    EXPECT_EQ(notes_on_disk(), 3);
}

TEST_F(GroupWriterTest, a_full_disk_refuses_all_and_the_next_write_works) {
    open();
    ASSERT_EQ(codes(add_together({"warm"})).size(), 0U);
    vfs_.arm({.code = SQLITE_FULL});
    EXPECT_EQ(
        codes(add_together({"again", "b", "c"})),
        (std::vector{ErrorCode::database_error, ErrorCode::store_full, ErrorCode::store_full}));
    vfs_.heal();
    EXPECT_EQ(notes_on_disk(), 1);
    EXPECT_EQ(codes(add_together({"again", "b", "c"})).size(), 1U);
    EXPECT_EQ(notes_on_disk(), 3);
}

TEST_F(GroupWriterTest, the_queue_is_bounded) {
    constexpr std::size_t limit = 4;
    for (auto const count : {limit - 1, limit, limit + 1}) {
        SCOPED_TRACE(count);
        std::filesystem::remove_all(file_.path);
        open({.writes_queued_max = limit});
        std::latch gate(1);
        std::vector<Result<void>> outcomes;
        outcomes.reserve(count);
        TaskGroup group(loop_);
        group.spawn(hold_writer(*writer_, gate));
        loop_.run();
        // Until the writer has taken the first write out of the queue there is one place less.
        while (writer_->queued() > 0)
            std::this_thread::yield();
        for (std::size_t i = 0; i < count; ++i)
            group.spawn(add_note(*writer_, std::int64_t(i), "x", outcomes));
        loop_.run();
        gate.count_down();
        loop_.run_task(join(group));
        auto const failed = codes(outcomes);
        EXPECT_EQ(failed.size(), count > limit ? 1U : 0U);
        if (count > limit) {
            EXPECT_EQ(failed.front(), ErrorCode::overloaded);
            EXPECT_EQ(outcomes.back().error().retry_after_s, 1);
        }
        writer_.reset();
    }
}

TEST_F(GroupWriterTest, another_programs_lock_refuses_the_group_and_passes) {
    open();
    ASSERT_EQ(codes(add_together({"warm"})).size(), 0U);
    {
        auto const other = Connection::open(file_).value();
        Transaction transaction(*other);
        ASSERT_TRUE(transaction.begin_write());
        auto const outcomes = add_together({"a", "b"});
        EXPECT_EQ(codes(outcomes).size(), 2U);
        EXPECT_TRUE(outcomes[1].error().message.contains("locked by another program"));
    }
    EXPECT_EQ(codes(add_together({"again", "b"})).size(), 1U);
}

TEST_F(GroupWriterTest, does_what_is_queued_before_it_goes) {
    open();
    std::latch gate(1);
    std::vector<Result<void>> outcomes;
    outcomes.reserve(10);
    TaskGroup group(loop_);
    group.spawn(hold_writer(*writer_, gate));
    for (int i = 0; i < 10; ++i)
        group.spawn(add_note(*writer_, i, "x", outcomes));
    loop_.run();
    gate.count_down();
    writer_.reset();
    EXPECT_EQ(notes_on_disk(), 10);
    loop_.run_task(join(group));
    EXPECT_EQ(codes(outcomes).size(), 0U);
}

TEST_F(GroupWriterTest, a_cancelled_caller_waits_for_its_write) {
    open();
    std::latch gate(1);
    std::vector<Result<void>> outcomes;
    outcomes.reserve(1);
    TaskGroup group(loop_);
    group.spawn(hold_writer(*writer_, gate));
    group.spawn(add_note(*writer_, 1, "x", outcomes));
    loop_.run();
    group.cancel();
    loop_.run();
    EXPECT_EQ(group.size(), 2U);
    gate.count_down();
    loop_.run_task(join(group));
    EXPECT_FALSE(outcomes[0]);  // it was cancelled and never saw its answer
    EXPECT_EQ(notes_on_disk(), 1);
}

Task<void> add_and_tell(GroupWriter& writer, std::int64_t id, std::vector<std::string>& told) {
    auto work = [&](Connection& connection) { return connection.run(insert_note, id, "x"); };
    auto after = [&](Result<void> const& outcome) {
        told.push_back(fmt::format("{} {}", id, outcome ? "done" : "failed"));
    };
    (void)co_await writer.write(work, after);
}

TEST_F(GroupWriterTest, outcomes_are_told_in_the_order_of_commits_to_those_who_went_away_too) {
    open();
    std::latch gate(1);
    std::vector<std::string> told;
    TaskGroup group(loop_);
    group.spawn(hold_writer(*writer_, gate));
    for (std::int64_t id : {3, 1, 3, 2})
        group.spawn(add_and_tell(*writer_, id, told));
    loop_.run();
    group.cancel();
    gate.count_down();
    loop_.run_task(join(group));
    EXPECT_EQ(told, (std::vector<std::string>{"3 done", "1 done", "3 failed", "2 done"}));
}

TEST_F(GroupWriterTest, a_reader_sees_one_snapshot_beside_the_writer) {
    open();
    auto const readers = ReaderPool::open(file_, 2).value();
    auto const counts_around_a_write = [this](Connection& connection) -> Result<std::int64_t> {
        auto before = connection.query(count_notes);
        TRY(before.step());
        auto const other = Connection::open(file_).value();
        TRY(other->run(insert_note, 1, "x"));
        auto after = connection.query(count_notes);
        TRY(after.step());
        return before.integer(0) * 10 + after.integer(0);
    };
    EXPECT_EQ(loop_.run_task(readers->read(counts_around_a_write)).value(), 0);
    auto const count = [](Connection& connection) -> Result<std::int64_t> {
        auto query = connection.query(count_notes);
        TRY(query.step());
        return query.integer(0);
    };
    EXPECT_EQ(loop_.run_task(readers->read(count)).value(), 1);
    auto const write = [](Connection& connection) { return connection.run(insert_note, 2, "x"); };
    EXPECT_FALSE(loop_.run_task(readers->read(write)));
}

}  // namespace
}  // namespace filegate::db
