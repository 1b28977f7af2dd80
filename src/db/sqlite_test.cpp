#include "db/sqlite.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "db/faulty_vfs.hpp"

namespace filegate::db {
namespace {

constexpr std::int32_t our_mark = 0x46477465;
constexpr Sql make_table{"making a table",
                         "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"};
constexpr Sql insert_note{"adding a note", "INSERT INTO notes (id, text) VALUES (?1, ?2)"};
constexpr Sql select_note{"reading a note", "SELECT text FROM notes WHERE id = ?1"};
constexpr Sql select_ids{"listing notes", "SELECT id FROM notes ORDER BY id"};

SqliteOptions options_for(std::filesystem::path path) {
    return {.path = std::move(path),
            .what = "notebook",
            .application_id = our_mark,
            .busy_timeout = milliseconds(5)};
}

class SqliteTest : public ::testing::Test {
protected:
    std::filesystem::path file() const { return folder_.path() / "notes.db"; }
    std::unique_ptr<Connection> open() { return Connection::open(options_for(file())).value(); }
    std::unique_ptr<Connection> open_with_table() {
        auto connection = open();
        EXPECT_TRUE(connection->run(make_table));
        return connection;
    }
    void write_file(std::string const& content) const { std::ofstream(file()) << content; }
    std::string read_file() const {
        std::ifstream in(file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    ScratchFolder folder_;
};

std::int64_t setting(Connection& connection, Sql sql) {
    auto query = connection.query(sql);
    EXPECT_TRUE(query.step().value());
    return query.integer(0);
}

std::optional<std::string> note(Connection& connection, std::int64_t id) {
    auto query = connection.query(select_note, id);
    if (!query.step().value()) return std::nullopt;
    return query.text(0);
}

TEST_F(SqliteTest, gives_back_any_text_and_number) {
    auto const connection = open_with_table();
    std::vector<std::string> const texts{"",
                                         "plain",
                                         "it's \"quoted\"; DROP TABLE notes; --",
                                         "\U0001F4C4 r\u00e9sum\u00e9 \u4e2d\u6587.pdf",
                                         std::string("nul\0inside", 10),
                                         std::string(1 << 20, 'x')};
    for (std::size_t i = 0; i < texts.size(); ++i)
        ASSERT_TRUE(connection->run(insert_note, std::int64_t(i) << 40, texts[i]));
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(note(*connection, std::int64_t(i) << 40), texts[i]);
    EXPECT_EQ(note(*connection, 77), std::nullopt);
}

TEST_F(SqliteTest, tells_null_from_zero) {
    constexpr Sql select_null{"testing", "SELECT ?1"};
    auto const connection = open();
    auto nothing = connection->query(select_null, std::optional<std::int64_t>());
    ASSERT_TRUE(nothing.step().value());
    EXPECT_TRUE(nothing.is_null(0));
    EXPECT_EQ(nothing.optional_integer(0), std::nullopt);
    auto zero = connection->query(select_null, std::optional<std::int64_t>(0));
    ASSERT_TRUE(zero.step().value());
    EXPECT_EQ(zero.optional_integer(0), 0);
}

TEST_F(SqliteTest, flushes_commits_and_enforces_references) {
    auto const connection = open();
    EXPECT_EQ(setting(*connection, {"testing", "PRAGMA synchronous"}), 2);
    EXPECT_EQ(setting(*connection, {"testing", "PRAGMA foreign_keys"}), 1);
    EXPECT_EQ(setting(*connection, {"testing", "PRAGMA application_id"}), our_mark);
}

TEST_F(SqliteTest, a_statement_can_be_used_inside_its_own_loop) {
    auto const connection = open_with_table();
    for (std::int64_t id : {1, 2, 3})
        ASSERT_TRUE(connection->run(insert_note, id, "x"));
    int pairs = 0;
    auto outer = connection->query(select_ids);
    while (outer.step().value()) {
        auto inner = connection->query(select_ids);
        while (inner.step().value())
            ++pairs;
    }
    EXPECT_EQ(pairs, 9);
}

TEST_F(SqliteTest, a_transaction_that_is_not_committed_has_not_been) {
    auto const connection = open_with_table();
    {
        Transaction transaction(*connection);
        ASSERT_TRUE(transaction.begin_write());
        ASSERT_TRUE(connection->run(insert_note, 1, "lost"));
    }
    EXPECT_FALSE(connection->is_in_transaction());
    {
        Transaction transaction(*connection);
        ASSERT_TRUE(transaction.begin_write());
        ASSERT_TRUE(connection->run(insert_note, 2, "kept"));
        ASSERT_TRUE(transaction.commit());
    }
    EXPECT_EQ(note(*connection, 1), std::nullopt);
    EXPECT_EQ(note(*connection, 2), "kept");
}

TEST_F(SqliteTest, a_failure_says_what_was_being_done) {
    auto const connection = open_with_table();
    ASSERT_TRUE(connection->run(insert_note, 1, "x"));
    auto const again = connection->run(insert_note, 1, "y");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::database_error);
    EXPECT_TRUE(again.error().message.contains("notebook")) << again.error().message;
    EXPECT_TRUE(again.error().detail.contains("adding a note")) << again.error().detail;

    constexpr Sql nonsense{"talking nonsense", "SELECT nothing FROM nowhere"};
    auto const failed = connection->run(nonsense);
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().detail.contains("talking nonsense")) << failed.error().detail;

    auto const unbound = connection->run(select_ids, 5);  // it has no ?1
    ASSERT_FALSE(unbound);
    EXPECT_EQ(unbound.error().code, ErrorCode::database_error);
}

TEST_F(SqliteTest, a_reader_cannot_write) {
    auto const connection = open_with_table();
    ASSERT_TRUE(connection->refuse_writes());
    auto const written = connection->run(insert_note, 1, "x");
    ASSERT_FALSE(written);
    EXPECT_TRUE(written.error().message.contains("cannot be written")) << written.error().message;
}

TEST_F(SqliteTest, a_lock_held_elsewhere_is_named) {
    auto const holder = open_with_table();
    auto const connection = open();
    Transaction held(*holder);
    ASSERT_TRUE(held.begin_write());
    Transaction transaction(*connection);
    auto const begun = transaction.begin_write();
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, ErrorCode::database_error);
    EXPECT_TRUE(begun.error().message.contains("locked by another program"))
        << begun.error().message;
}

TEST_F(SqliteTest, opening_fails_with_the_path_and_a_reason) {
    struct Case {
        char const* title;
        std::function<void()> prepare;
        ErrorCode code;
        char const* expected;
    };
    std::vector<Case> const cases{
        {"text", [&] { write_file(std::string(4096, 't')); }, ErrorCode::catalog_corrupt,
         "is not a database file"},
        {"a folder", [&] { std::filesystem::create_directory(file()); }, ErrorCode::database_error,
         "cannot be opened"},
        {"cut short",
         [&] {
             open_with_table()->run(insert_note, 1, std::string(100'000, 'x')).value();
             std::filesystem::resize_file(file(), 5000);
         },
         ErrorCode::catalog_corrupt, "is damaged"},
    };
    for (auto const& [title, prepare, code, expected] : cases) {
        SCOPED_TRACE(title);
        std::filesystem::remove_all(file());
        prepare();
        auto const opened = Connection::open(options_for(file()));
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, code);
        EXPECT_TRUE(opened.error().message.contains(expected)) << opened.error().message;
        EXPECT_TRUE(opened.error().message.contains("notes.db")) << opened.error().message;
    }
}

TEST_F(SqliteTest, a_missing_folder_is_named) {
    auto const opened = Connection::open(options_for(folder_.path() / "none" / "notes.db"));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::database_error);
    EXPECT_TRUE(opened.error().message.contains("folder does not exist")) << opened.error().message;
}

TEST_F(SqliteTest, somebody_elses_database_is_refused_and_left_as_it_is) {
    for (std::string const script : {"CREATE TABLE theirs (x)", "PRAGMA application_id = 5"}) {
        SCOPED_TRACE(script);
        std::filesystem::remove(file());
        sqlite3* theirs = nullptr;
        ASSERT_EQ(sqlite3_open(file().c_str(), &theirs), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(theirs, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(theirs);
        auto const before = read_file();
        auto const opened = Connection::open(options_for(file()));
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::catalog_corrupt);
        EXPECT_EQ(read_file(), before);
    }
}

TEST_F(SqliteTest, a_file_locked_by_another_program_does_not_open) {
    open_with_table();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr,
                 nullptr);
    auto const opened = Connection::open(options_for(file()));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::database_error);
    EXPECT_TRUE(opened.error().message.contains("locked by another program"))
        << opened.error().message;
    sqlite3_close(other);
    EXPECT_TRUE(Connection::open(options_for(file())));
}

TEST_F(SqliteTest, a_file_that_cannot_be_written_does_not_open) {
    open_with_table();
    FaultyVfs vfs;
    vfs.open_read_only();
    auto options = options_for(file());
    options.vfs = FaultyVfs::name;
    auto const opened = Connection::open(options);
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().message.contains("cannot be written")) << opened.error().message;
}

TEST_F(SqliteTest, a_disk_that_fails_or_fills_is_told_apart) {
    struct Case {
        char const* title;
        int code;
        int system_error;
        ErrorCode expected;
    };
    constexpr std::array cases{
        Case{"full", SQLITE_FULL, 0, ErrorCode::store_full},
        Case{"full on flush", SQLITE_IOERR_FSYNC, ENOSPC, ErrorCode::store_full},
        Case{"over quota", SQLITE_IOERR_WRITE, EDQUOT, ErrorCode::store_full},
        Case{"broken", SQLITE_IOERR_WRITE, EIO, ErrorCode::database_error},
    };
    FaultyVfs vfs;
    auto options = options_for(file());
    options.vfs = FaultyVfs::name;
    auto const connection = Connection::open(options).value();
    ASSERT_TRUE(connection->run(make_table));
    for (auto const& [title, code, system_error, expected] : cases) {
        SCOPED_TRACE(title);
        vfs.arm({.code = code, .system_error = system_error});
        auto const written = connection->run(insert_note, 1, "x");
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().code, expected) << written.error().detail;
        EXPECT_GT(vfs.failures(), 0);
        vfs.heal();
        EXPECT_EQ(note(*connection, 1), std::nullopt);
    }
    EXPECT_TRUE(connection->run(insert_note, 1, "x"));
}

TEST_F(SqliteTest, a_database_moved_away_while_in_use_is_named) {
    auto const connection = open_with_table();
    std::filesystem::rename(file(), folder_.path() / "elsewhere.db");
    Transaction transaction(*connection);
    auto const begun = transaction.begin_write();
    ASSERT_FALSE(begun);
    EXPECT_TRUE(begun.error().message.contains("moved or deleted")) << begun.error().message;
}

}  // namespace
}  // namespace filegate::db
