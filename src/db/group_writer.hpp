#pragma once
// One thread writes. It takes every write that waits, runs them in one transaction, flushes once
// and only then lets their callers go on: the cost of a flush is shared.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

#include "base/completion.hpp"
#include "db/sqlite.hpp"

namespace filegate::db {

struct GroupWriterOptions {
    std::size_t writes_queued_max = 4096;  // beyond it: overloaded
    std::size_t group_writes_max = 256;    // bounds how long the first of a group waits
};

class GroupWriter {
public:
    GroupWriter(std::unique_ptr<Connection> connection, GroupWriterOptions options);
    ~GroupWriter();  // does what is queued
    GroupWriter(GroupWriter const&) = delete;
    GroupWriter& operator=(GroupWriter const&) = delete;

    // `work` is a Result<T>(Connection&) that runs on the writer's thread. When it fails, its own
    // changes are undone and nobody else's. It may run twice (when the group as a whole could not
    // be committed each write is tried alone), so it changes nothing but the database. The answer
    // is durable. Any executor; a cancelled caller waits for its write, because the write lives in
    // its frame.
    template <class Work>
    Task<std::invoke_result_t<Work&, Connection&>> write(Work work);

    // The same; `after` is told the outcome, on the writer's thread, when it is final and before
    // the caller goes on. Outcomes are told in the order of their commits, and also when the caller
    // was cancelled. A write that was turned away as overloaded has none.
    template <class Work, class After>
    Task<std::invoke_result_t<Work&, Connection&>> write(Work work, After after);

    std::size_t queued() const;  // any thread; a snapshot

private:
    class Write {
    public:
        virtual bool attempt(Connection& connection) = 0;  // false: its changes must be undone
        virtual void refuse(Error const& error) = 0;
        virtual void complete() = 0;  // the write may be gone when this returns

    protected:
        ~Write() = default;
    };
    template <class Work, class After>
    class WriteOf;

    Result<void> enqueue(Write& write);
    void work();
    bool take_group(std::vector<Write*>& group);
    void commit(std::span<Write* const> group);
    Result<void> try_together(std::span<Write* const> group);
    Result<void> try_alone(Write& write);

    std::unique_ptr<Connection> connection_;
    GroupWriterOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Write*> queue_;
    bool is_stopping_ = false;
    std::jthread thread_;
};

template <class Work, class After>
class GroupWriter::WriteOf final : public Write {
public:
    using Outcome = std::invoke_result_t<Work&, Connection&>;
    WriteOf(Work& work, After& after) : work_(work), after_(after) {}

    bool attempt(Connection& connection) override {
        outcome_ = work_(connection);
        return outcome_->has_value();
    }
    void refuse(Error const& error) override { outcome_ = fail(error); }
    void complete() override {
        after_(std::as_const(*outcome_));
        done_.complete(std::move(*outcome_));
    }
    Completion<Outcome>& done() { return done_; }

private:
    Work& work_;
    After& after_;
    std::optional<Outcome> outcome_;
    Completion<Outcome> done_;
};

template <class Work>
Task<std::invoke_result_t<Work&, Connection&>> GroupWriter::write(Work work) {
    auto tell_nobody = [](auto const&) {};
    WriteOf<Work, decltype(tell_nobody)> queued(work, tell_nobody);
    CO_TRY(enqueue(queued));
    co_return co_await queued.done();
}

template <class Work, class After>
Task<std::invoke_result_t<Work&, Connection&>> GroupWriter::write(Work work, After after) {
    WriteOf<Work, After> queued(work, after);
    CO_TRY(enqueue(queued));
    co_return co_await queued.done();
}

}  // namespace filegate::db
