#pragma once
// What a server of leases would know: who holds which key until when, and who waits for it. Any
// thread may call; every call is one step under one lock. Nothing happens by itself: a lease that
// is past its time is found by whoever asks next, so waiters look again when it may be.

#include <deque>
#include <mutex>
#include <unordered_map>

#include "base/completion.hpp"
#include "coordination/leases.hpp"

namespace filegate::coordination {

class LeaseTable {
public:
    using Node = std::size_t;  // a node's number

    // Lives in the frame of the coroutine that waits for `granted`.
    struct Waiter {
        Waiter(LeaseTable& table, Node node_, LeaseRequest const& request)
            : node(node_),
              key(request.key),
              label(request.label),
              granted([&table, this] { table.forget(*this); }) {}
        Node const node;
        std::string const key;
        std::string const label;
        bool has_ended = false;              // granted or forgotten; guarded by the table
        std::optional<std::uint64_t> token;  // set before `granted` completes; none: forgotten
        Completion<> granted;
    };

    LeaseTable(LeaseOptions options, Clock const& clock);

    Node add_node(std::string name);
    void kill(Node node);  // is heard no more, and nothing is granted to it

    // Tokens of leases that are to be released. None: somebody has it, or the node is dead.
    std::optional<std::uint64_t> try_take(Node node, LeaseRequest const& request);
    std::optional<std::uint64_t> take_or_wait(Waiter& waiter);  // none: it is in the queue now
    void forget(Waiter& waiter);  // ends it, unless it was granted something

    // False: the lease is not this token's, and never will be again.
    bool renew(Node node, std::string const& key, std::uint64_t token);
    bool is_held(std::string const& key, std::uint64_t token) const;
    void release(Node node, std::string const& key, std::uint64_t token);

    // How long this waiter may sleep until it asks again; none: it need not ask any more.
    std::optional<std::chrono::nanoseconds> look_again(Waiter const& waiter);

    // What only the waiter knows: a grant may come too late for it.
    void count_contended(Node node);
    void count_timed_out(Node node);

    std::vector<LeaseView> list(std::size_t limit);
    std::optional<LeaseView> find(std::string const& key) const;
    LeaseStatistics statistics();
    bool force_unlock(Node node, std::string const& key);

    std::chrono::nanoseconds renewal_interval() const { return duration_ / 3; }

private:
    struct Holder {
        Node node = 0;
        std::string label;
        std::uint64_t token = 0;
        WallTime acquired_at;
        MonotonicTime expires_at;
    };
    struct Entry {  // of a key that is held: only then can somebody wait for it
        Holder holder;
        std::deque<Waiter*> waiters;
    };
    using Entries = std::unordered_map<std::string, Entry>;
    struct NodeState {
        std::string name;
        bool is_alive = true;
    };

    // With mutex_ held.
    bool is_expired(Entry const& entry) const;
    bool expire(Entries::iterator entry);
    void expire_all();
    void pass_on(Entries::iterator entry);
    std::optional<std::uint64_t> take(Node node, std::string const& key, std::string const& label);
    Holder new_holder(Node node, std::string label);
    Entries::iterator entry_of(std::string const& key, std::uint64_t token);
    LeaseView view_of(std::string const& key, Entry const& entry) const;

    std::chrono::nanoseconds const duration_;
    Clock const& clock_;
    mutable std::mutex mutex_;
    std::vector<NodeState> nodes_;
    Entries entries_;
    std::uint64_t last_token_ = 0;
    LeaseStatistics counted_;  // but for held and waiting, which are looked up
};

}  // namespace filegate::coordination
