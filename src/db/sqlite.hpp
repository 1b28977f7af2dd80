#pragma once
// SQLite without its sharp edges: connections, cached statements, transactions. Every code becomes
// an Error that says what was being done. Calls block; a connection serves one thread at a time.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace filegate::db {

struct SqliteOptions {
    std::filesystem::path path;
    std::string what = "database";    // in messages: "the catalog is locked by another program"
    std::int32_t application_id = 0;  // marks the file as ours; a file with another mark is refused
    milliseconds busy_timeout{1000};  // how long to wait for another program's lock
    std::uint64_t mmap_bytes = 1ULL << 30;   // address space; memory only as pages are read
    std::uint64_t cache_bytes = 8ULL << 20;  // of pages, at most, per connection
    std::uint32_t wal_pages_max = 4000;      // a commit beyond it moves the log into the file
    std::string vfs;                         // SQLite's name of the file layer; empty: the system's
};

// A statement's text and what it does, as messages say it ("adding a file"). Only string literals:
// the cache knows a statement by the address of its text.
struct Sql {
    consteval Sql(char const* doing_, char const* text_) : doing(doing_), text(text_) {}
    char const* doing;
    char const* text;
};

struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Connection;

// One run of a statement. Failures of preparing and binding are kept and answered by step(). Goes
// before its connection does.
class Query {
public:
    Query(Query&&) noexcept = default;
    Query& operator=(Query&&) = delete;
    ~Query();

    Result<bool> step();  // true: there is a row
    Result<void> run();   // to its end; rows are dropped

    // Columns of the current row, from 0.
    std::string text(int column) const;
    std::int64_t integer(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;
    bool is_null(int column) const;

private:
    friend class Connection;
    Query(Connection& connection, Sql sql, StatementHandle statement, int code);

    void bind(int index, std::string_view text);
    void bind(int index, std::int64_t integer);
    void bind(int index, std::optional<std::int64_t> integer);

    Connection& connection_;
    Sql sql_;
    StatementHandle statement_;
    int code_;  // the first failure of preparing or binding
};

class Connection {
public:
    // Opens, or makes, a database in WAL mode whose commits are flushed to disk. A file that is not
    // ours is left untouched. Its folder must exist.
    static Result<std::unique_ptr<Connection>> open(SqliteOptions const& options);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // Binds `values` to ?1, ?2, ... in order; texts are copied.
    template <class... Values>
    Query query(Sql sql, Values const&... values);

    template <class... Values>
    Result<void> run(Sql sql, Values const&... values) {
        return query(sql, values...).run();
    }

    // One or more statements that are run once: schema changes and settings.
    Result<void> execute_script(char const* doing, std::string const& script);

    // False as well after a full disk or an I/O error made SQLite give the transaction up.
    bool is_in_transaction() const;
    Result<void> check_in_place() const;  // fails when the file was moved or deleted: one stat
    Result<void> refuse_writes();         // from here on: for readers
    Result<void> checkpoint();  // moves the whole log into the file, as far as readers allow

    Error error(int code, char const* doing) const;
    SqliteOptions const& options() const { return options_; }

private:
    friend class Query;
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    explicit Connection(SqliteOptions const& options) : options_(options) {}

    Result<void> open_file();
    Result<bool> check_owner();
    Result<void> configure(bool is_new);
    Result<void> set_journal_mode();
    Query prepare(Sql sql);

    SqliteOptions options_;
    std::unique_ptr<sqlite3, Close> handle_;
    // A statement in use is out of the cache; a nested use of the same text prepares another.
    std::unordered_map<char const*, StatementHandle> idle_;
};

// Rolls back when it goes without commit().
class Transaction {
public:
    explicit Transaction(Connection& connection) : connection_(connection) {}
    ~Transaction();
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;

    Result<void> begin_read();   // one snapshot for all reads
    Result<void> begin_write();  // takes the write lock at once
    Result<void> commit();

private:
    Connection& connection_;
};

template <class... Values>
Query Connection::query(Sql sql, Values const&... values) {
    int index = 0;
    auto query = prepare(sql);
    (query.bind(++index, values), ...);
    return query;
}

}  // namespace filegate::db
