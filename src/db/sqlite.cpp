#include "db/sqlite.hpp"

#include <cerrno>
#include <system_error>

#include <sqlite3.h>

namespace filegate::db {
namespace {

constexpr std::size_t idle_statements_max = 128;
constexpr std::int64_t journal_bytes_kept = 64LL << 20;  // a longer log is cut after a checkpoint

constexpr Sql begin_read_sql{"starting to read", "BEGIN"};
constexpr Sql begin_write_sql{"starting to write", "BEGIN IMMEDIATE"};
constexpr Sql commit_sql{"committing", "COMMIT"};
constexpr Sql rollback_sql{"rolling back", "ROLLBACK"};
constexpr Sql read_application_id{"reading the file's mark", "PRAGMA application_id"};
constexpr Sql count_objects{"reading the schema", "SELECT count(*) FROM sqlite_schema"};
constexpr Sql switch_to_wal{"switching to a write-ahead log", "PRAGMA journal_mode = WAL"};

bool is_out_of_space(int system_error) {
    return system_error == ENOSPC || system_error == EDQUOT;
}

ErrorCode error_code(int code, int system_error) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return ErrorCode::store_full;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            return is_out_of_space(system_error) ? ErrorCode::store_full
                                                 : ErrorCode::database_error;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::catalog_corrupt;
        default:
            return ErrorCode::database_error;
    }
}

// What is wrong and what to do, without a path: this may reach a client.
std::string advice(int code, SqliteOptions const& options) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fmt::format("is locked by another program (waited {} ms); end it or try again",
                               options.busy_timeout.count());
        case SQLITE_CORRUPT:
            return "is damaged; stop the server and restore the file and its -wal from a backup, "
                   "or save what can be read with `sqlite3 FILE .recover`";
        case SQLITE_NOTADB:
            return "is not a database file; point the configuration at another file, or restore "
                   "this one from a backup";
        case SQLITE_READONLY:
            return (code == SQLITE_READONLY_DBMOVED)
                       ? "was moved or deleted while in use; put it back and restart the server"
                       : "cannot be written; check the permissions of its file and folder";
        case SQLITE_CANTOPEN:
            return "cannot be opened; its folder must exist and be writable";
        case SQLITE_IOERR:
            return "could not be read or written; check the disk";
        case SQLITE_NOMEM:
            return "had no memory left for this";
        case SQLITE_CONSTRAINT:
            return "refused a change that breaks one of its rules";
        default:
            return "failed unexpectedly; the log has the details";
    }
}

// SQLite tells the system's error of a failed statement, but not of a failed commit; its files
// remember that one. Codes that do not come from the system would find an old error here.
int last_system_error(sqlite3* handle, int code) {
    if ((code & 0xff) == SQLITE_CANTOPEN) return sqlite3_system_errno(handle);
    if ((code & 0xff) != SQLITE_IOERR) return 0;
    int last = 0;
    sqlite3_file* log = nullptr;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log != nullptr && log->pMethods != nullptr) {
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &last);
    }
    if (last == 0) sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &last);
    return last;
}

std::string system_text(int system_error) {
    return std::error_code(system_error, std::system_category()).message();
}

std::string_view column_text(sqlite3_stmt* statement, int column) {
    auto const* const text = reinterpret_cast<char const*>(sqlite3_column_text(statement, column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

}  // namespace

void FinalizeStatement::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Query::Query(Connection& connection, Sql sql, StatementHandle statement, int code)
    : connection_(connection), sql_(sql), statement_(std::move(statement)), code_(code) {}

Query::~Query() {
    if (!statement_) return;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    auto& idle = connection_.idle_;
    if (idle.size() < idle_statements_max || idle.contains(sql_.text)) {
        idle[sql_.text] = std::move(statement_);
    }
}

void Query::bind(int index, std::string_view text) {
    if (code_ != SQLITE_OK) return;
    // A null pointer would bind NULL, and an empty view may hold one.
    auto const* const start = text.empty() ? "" : text.data();
    code_ = sqlite3_bind_text64(statement_.get(), index, start, text.size(), SQLITE_TRANSIENT,
                                SQLITE_UTF8);
}

void Query::bind(int index, std::int64_t integer) {
    if (code_ != SQLITE_OK) return;
    code_ = sqlite3_bind_int64(statement_.get(), index, integer);
}

void Query::bind(int index, std::optional<std::int64_t> integer) {
    if (integer) return bind(index, *integer);
    if (code_ != SQLITE_OK) return;
    code_ = sqlite3_bind_null(statement_.get(), index);
}

Result<bool> Query::step() {
    if (code_ != SQLITE_OK) return fail(connection_.error(code_, sql_.doing));
    auto const code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    code_ = code;  // a spent query does not start again
    return fail(connection_.error(code, sql_.doing));
}

Result<void> Query::run() {
    while (true) {
        TRY(bool const has_row, step());
        if (!has_row) return {};
    }
}

std::string Query::text(int column) const {
    return std::string(column_text(statement_.get(), column));
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Connection::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Connection::~Connection() {
    idle_.clear();
}

Result<std::unique_ptr<Connection>> Connection::open(SqliteOptions const& options) {
    std::unique_ptr<Connection> connection(new Connection(options));
    auto opened = connection->open_file();
    if (opened) return connection;
    // Whoever starts the server must learn which file is meant.
    auto error = std::move(opened).error();
    error.message += fmt::format(" ({})", options.path.string());
    return fail(std::move(error));
}

Result<void> Connection::open_file() {
    auto const folder = std::filesystem::absolute(options_.path).parent_path();
    std::error_code ignored;
    if (options_.vfs.empty() && !std::filesystem::is_directory(folder, ignored)) {
        return fail(ErrorCode::database_error,
                    fmt::format("the {} cannot be opened: its folder does not exist; make it, or "
                                "point the configuration at another",
                                options_.what));
    }
    sqlite3* handle = nullptr;
    auto const code = sqlite3_open_v2(
        options_.path.c_str(), &handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        options_.vfs.empty() ? nullptr : options_.vfs.c_str());
    handle_.reset(handle);
    if (code != SQLITE_OK) return fail(error(code, "opening the file"));
    sqlite3_busy_timeout(handle, static_cast<int>(options_.busy_timeout.count()));
    if (sqlite3_db_readonly(handle, "main") == 1) {
        return fail(error(SQLITE_READONLY, "opening the file"));
    }
    TRY(bool const is_new, check_owner());
    return configure(is_new);
}

// True: a new file. Reads only, so that somebody else's database stays as it is.
Result<bool> Connection::check_owner() {
    auto mark = query(read_application_id);
    TRY(mark.step());
    auto const id = mark.integer(0);
    if (id == options_.application_id) return false;
    auto objects = query(count_objects);
    TRY(objects.step());
    if (id == 0 && objects.integer(0) == 0) return true;
    return fail(
        ErrorCode::catalog_corrupt,
        fmt::format("the file is a database, but not a {} of this program (its application_id is "
                    "{:#x}, expected {:#x}); point the configuration at another file",
                    options_.what, static_cast<std::uint32_t>(id),
                    static_cast<std::uint32_t>(options_.application_id)));
}

Result<void> Connection::configure(bool is_new) {
    TRY(set_journal_mode());
    if (is_new) {
        TRY(execute_script("marking the file",
                           fmt::format("PRAGMA application_id = {}", options_.application_id)));
    }
    return execute_script(
        "configuring the connection",
        fmt::format(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
            "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; "
            "PRAGMA mmap_size = {}; PRAGMA cache_size = -{}; PRAGMA wal_autocheckpoint = {}; "
            "PRAGMA journal_size_limit = {}",
            options_.mmap_bytes, options_.cache_bytes >> 10, options_.wal_pages_max,
            journal_bytes_kept));
}

Result<void> Connection::set_journal_mode() {
    auto mode = query(switch_to_wal);
    TRY(mode.step());
    if (mode.text(0) == "wal") return {};
    return fail(ErrorCode::database_error,
                fmt::format("the {} cannot use a write-ahead log here; put it on a local disk",
                            options_.what),
                "journal_mode stays " + mode.text(0));
}

Query Connection::prepare(Sql sql) {
    if (auto const found = idle_.find(sql.text); found != idle_.end() && found->second) {
        return {*this, sql, std::move(found->second), SQLITE_OK};
    }
    sqlite3_stmt* statement = nullptr;
    auto const code = sqlite3_prepare_v3(handle_.get(), sql.text, -1, SQLITE_PREPARE_PERSISTENT,
                                         &statement, nullptr);
    return {*this, sql, StatementHandle(statement), code};
}

Result<void> Connection::execute_script(char const* doing, std::string const& script) {
    auto const code = sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error(code, doing));
    return {};
}

bool Connection::is_in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

// With a log SQLite itself does not look, and would go on writing into a file nobody finds again.
Result<void> Connection::check_in_place() const {
    int has_moved = 0;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (has_moved != 0) return fail(error(SQLITE_READONLY_DBMOVED, "starting to write"));
    return {};
}

Result<void> Connection::refuse_writes() {
    return execute_script("making the connection read-only", "PRAGMA query_only = ON");
}

Result<void> Connection::checkpoint() {
    auto const code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                                nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error(code, "moving the log into the file"));
    return {};
}

Error Connection::error(int code, char const* doing) const {
    auto const system_error = handle_ ? last_system_error(handle_.get(), code) : 0;
    auto const kind = error_code(code, system_error);
    auto const text =
        kind == ErrorCode::store_full
            ? fmt::format("the disk that holds the {} is full; free some space and try again",
                          options_.what)
            : fmt::format("the {} {}", options_.what, advice(code, options_));
    return {.code = kind,
            .message = text,
            .detail = fmt::format("{}: {} (SQLite {}: {}{}{})", doing, sqlite3_errstr(code), code,
                                  handle_ ? sqlite3_errmsg(handle_.get()) : "no connection",
                                  system_error != 0 ? "; system: " : "",
                                  system_error != 0 ? system_text(system_error) : "")};
}

Transaction::~Transaction() {
    if (!connection_.is_in_transaction()) return;
    // A rollback that fails leaves nothing behind either: the next BEGIN reports the trouble.
    auto const rolled_back = connection_.run(rollback_sql);
    static_cast<void>(rolled_back);
}

Result<void> Transaction::begin_read() {
    return connection_.run(begin_read_sql);
}

Result<void> Transaction::begin_write() {
    TRY(connection_.check_in_place());
    return connection_.run(begin_write_sql);
}

Result<void> Transaction::commit() {
    return connection_.run(commit_sql);
}

}  // namespace filegate::db
