#include "db/reader_pool.hpp"

#include "base/check.hpp"

namespace filegate::db {

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(SqliteOptions const& options,
                                                     std::size_t threads) {
    std::vector<std::unique_ptr<Connection>> connections;
    for (std::size_t i = 0; i < threads; ++i) {
        TRY(auto connection, Connection::open(options));
        TRY(connection->refuse_writes());
        connections.push_back(std::move(connection));
    }
    return std::unique_ptr<ReaderPool>(new ReaderPool(std::move(connections)));
}

ReaderPool::Lease::Lease(ReaderPool& pool) : pool_(pool) {
    std::scoped_lock const lock(pool_.mutex_);
    FG_CHECK(!pool_.idle_.empty(), "there is a connection for every reader thread");
    connection_ = std::move(pool_.idle_.back());
    pool_.idle_.pop_back();
}

ReaderPool::Lease::~Lease() {
    std::scoped_lock const lock(pool_.mutex_);
    pool_.idle_.push_back(std::move(connection_));
}

}  // namespace filegate::db
