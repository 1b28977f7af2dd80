#pragma once
// Who may work on what, for a while. One holder per key across everybody who shares the leases;
// waiters in the order in which they came. Every implementation passes leases_conformance.hpp. Any
// executor may call; a lease is let go on the executor on which it was acquired.
//
// A lease ends with its object. It lasts `duration` from the last renewal, and a living holder
// renews it every third of that: expiry frees what a dead node held, never what is in use. A holder
// that was stopped for longer (a frozen process) finds is_held() false; its fencing token is then
// lower than its successor's.

#include <memory>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/ids.hpp"

namespace filegate::coordination {

struct LeaseOptions {
    seconds duration{300};
};

struct LeaseRequest {
    std::string key;    // SHA-256 of what is locked, in hexadecimal: never a secret or a name
    std::string label;  // for operators: "kimi/main/file-extract"
    Deadline deadline = no_deadline;  // of the waiting
};

// Held until destruction. Check is_held() before what must not be done twice.
class Lease {
public:
    class Hold {
    public:
        virtual ~Hold() = default;  // lets go
        virtual std::uint64_t fencing_token() const = 0;
        virtual bool is_held() const = 0;
    };
    explicit Lease(std::unique_ptr<Hold> hold) : hold_(std::move(hold)) {}

    std::uint64_t fencing_token() const { return hold_->fencing_token(); }  // grows with each grant
    bool is_held() const { return hold_->is_held(); }

private:
    std::unique_ptr<Hold> hold_;
};

struct LeaseView {
    std::string key;
    std::string label;
    std::string holder;  // the node's name
    std::uint64_t fencing_token = 0;
    WallTime acquired_at;
    WallTime expires_at;  // unless it is renewed
    std::size_t waiters = 0;
};

// Since the start of the oldest node, or as long as the implementation remembers.
struct LeaseStatistics {
    std::uint64_t held = 0;  // now
    std::uint64_t waiting = 0;
    std::uint64_t acquired = 0;   // so far, as everything below
    std::uint64_t contended = 0;  // acquired after waiting
    std::uint64_t timed_out = 0;
    std::uint64_t expired = 0;
    std::uint64_t forced = 0;
};

class Leases {
public:
    virtual ~Leases() = default;

    virtual Task<Result<Lease>> acquire(LeaseRequest request) = 0;  // lock_timeout
    // None: somebody holds it. Does not wait.
    virtual Task<Result<std::optional<Lease>>> try_acquire(LeaseRequest request) = 0;

    virtual Task<Result<std::vector<LeaseView>>> list(std::size_t limit) = 0;  // oldest first
    virtual Task<Result<LeaseStatistics>> statistics() = 0;
    // By an operator: the lease is nobody's from here on, the next waiter gets it. False: nobody
    // held it.
    virtual Task<Result<bool>> force_unlock(std::string key) = 0;
};

}  // namespace filegate::coordination
