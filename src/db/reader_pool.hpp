#pragma once
// Reads, on a few threads of their own, beside the one writer: each sees one snapshot, and the
// connections keep their statements prepared.

#include "base/worker_pool.hpp"
#include "db/sqlite.hpp"

namespace filegate::db {

class ReaderPool {
public:
    static Result<std::unique_ptr<ReaderPool>> open(SqliteOptions const& options,
                                                    std::size_t threads);
    ReaderPool(ReaderPool const&) = delete;
    ReaderPool& operator=(ReaderPool const&) = delete;

    // `work` is a Result<T>(Connection&) that runs on a reader's thread. Any executor.
    template <class Work>
    Task<std::invoke_result_t<Work&, Connection&>> read(Work work);

private:
    explicit ReaderPool(std::vector<std::unique_ptr<Connection>> connections)
        : idle_(std::move(connections)), workers_("sqlite-reader", idle_.size()) {}

    // A connection of its own for as long as it lives. There are as many as threads, so one is
    // always idle; the one used last has the warmest cache.
    class Lease {
    public:
        explicit Lease(ReaderPool& pool);
        ~Lease();
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;
        Connection& connection() { return *connection_; }

    private:
        ReaderPool& pool_;
        std::unique_ptr<Connection> connection_;
    };

    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
    WorkerPool workers_;  // goes first: its last jobs use the connections
};

template <class Work>
Task<std::invoke_result_t<Work&, Connection&>> ReaderPool::read(Work work) {
    using Outcome = std::invoke_result_t<Work&, Connection&>;
    auto job = [this, &work]() -> Outcome {
        Lease lease(*this);
        Transaction snapshot(lease.connection());
        TRY(snapshot.begin_read());
        auto outcome = work(lease.connection());
        TRY(snapshot.commit());
        return outcome;
    };
    auto outcome = co_await workers_.run(std::move(job));
    co_return outcome;
}

}  // namespace filegate::db
