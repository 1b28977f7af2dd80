#include "db/group_writer.hpp"

#include <pthread.h>

namespace filegate::db {
namespace {

constexpr Sql open_savepoint{"setting a savepoint", "SAVEPOINT one_write"};
constexpr Sql keep_savepoint{"releasing a savepoint", "RELEASE one_write"};
constexpr Sql undo_savepoint{"returning to a savepoint", "ROLLBACK TO one_write"};

}  // namespace

GroupWriter::GroupWriter(std::unique_ptr<Connection> connection, GroupWriterOptions options)
    : connection_(std::move(connection)), options_(options), thread_([this] { work(); }) {}

GroupWriter::~GroupWriter() {
    {
        std::scoped_lock const lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
}

Result<void> GroupWriter::enqueue(Write& write) {
    {
        std::scoped_lock const lock(mutex_);
        if (queue_.size() >= options_.writes_queued_max) {
            Error error{.code = ErrorCode::overloaded,
                        .message = fmt::format("{} writes wait for the {} already, the most that "
                                               "may; try again shortly",
                                               queue_.size(), connection_->options().what)};
            error.retry_after_s = 1;
            return fail(std::move(error));
        }
        queue_.push_back(&write);
    }
    wake_.notify_one();
    return {};
}

std::size_t GroupWriter::queued() const {
    std::scoped_lock const lock(mutex_);
    return queue_.size();
}

void GroupWriter::work() {
    pthread_setname_np(pthread_self(), "sqlite-writer");
    std::vector<Write*> group;
    while (take_group(group)) {
        commit(group);
        for (auto* const write : group)
            write->complete();
    }
    // So that the next start finds a short log. A reader or a full disk may be in the way; then
    // the next start does it.
    auto const moved = connection_->checkpoint();
    static_cast<void>(moved);
}

bool GroupWriter::take_group(std::vector<Write*>& group) {
    group.clear();
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    while (!queue_.empty() && group.size() < options_.group_writes_max) {
        group.push_back(queue_.front());
        queue_.pop_front();
    }
    return !group.empty();
}

// Every write of the group has its outcome when this returns.
void GroupWriter::commit(std::span<Write* const> group) {
    if (group.size() > 1 && try_together(group)) return;
    std::optional<Error> shut_out;
    for (auto* const write : group) {
        if (shut_out) {
            write->refuse(*shut_out);
            continue;
        }
        // Only a transaction that cannot begin fails here. It would not begin for the others
        // either, and each would wait for the lock again.
        if (auto const begun = try_alone(*write); !begun) shut_out = begun.error();
    }
}

// Each write inside a savepoint, one flush for all. On failure nothing has changed and the outcomes
// mean nothing.
Result<void> GroupWriter::try_together(std::span<Write* const> group) {
    Transaction transaction(*connection_);
    TRY(transaction.begin_write());
    for (auto* const write : group) {
        TRY(connection_->run(open_savepoint));
        bool const is_kept = write->attempt(*connection_);
        if (!connection_->is_in_transaction()) {
            return fail(ErrorCode::database_error, "SQLite gave the group's transaction up");
        }
        if (!is_kept) TRY(connection_->run(undo_savepoint));
        TRY(connection_->run(keep_savepoint));
    }
    return transaction.commit();
}

// Fails only when the transaction did not begin; the write is refused then.
Result<void> GroupWriter::try_alone(Write& write) {
    Transaction transaction(*connection_);
    if (auto begun = transaction.begin_write(); !begun) {
        write.refuse(begun.error());
        return begun;
    }
    if (!write.attempt(*connection_)) return {};
    if (auto const committed = transaction.commit(); !committed) write.refuse(committed.error());
    return {};
}

}  // namespace filegate::db
