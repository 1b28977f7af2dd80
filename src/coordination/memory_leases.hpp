#pragma once
// Leases among the parts of one process. Several MemoryLeases may share one LeaseTable, as several
// nodes would share a server: that is how tests and the simulation have more than one node.

#include "coordination/leases.hpp"

namespace filegate::coordination {

class LeaseTable;  // what the "server" knows; any thread

class MemoryLeases final : public Leases {
public:
    MemoryLeases(LeaseOptions options, Clock const& clock, std::string node_name);
    // As another node beside `peer`, which outlives this.
    MemoryLeases(MemoryLeases& peer, std::string node_name);
    ~MemoryLeases() override;

    Task<Result<Lease>> acquire(LeaseRequest request) override;
    Task<Result<std::optional<Lease>>> try_acquire(LeaseRequest request) override;
    Task<Result<std::vector<LeaseView>>> list(std::size_t limit) override;
    Task<Result<LeaseStatistics>> statistics() override;
    Task<Result<bool>> force_unlock(std::string key) override;

    // For tests: this node's leases are renewed no more and its holders' ends are not heard, as if
    // it had lost its power. What is still awaited of it ends by deadline or cancellation, and
    // whoever asks it for anything new gets nothing.
    void die();

private:
    Clock const& clock_;
    // Shared with the peers and with leases under way: whoever goes last takes it along.
    std::shared_ptr<LeaseTable> table_;
    std::size_t node_;  // its number in the table
};

}  // namespace filegate::coordination
