#include "coordination/memory_leases.hpp"

#include <fmt/chrono.h>

#include "coordination/lease_table.hpp"

namespace filegate::coordination {

namespace {

using Node = LeaseTable::Node;

// A lease that goes back by itself.
class Grant {
public:
    Grant(std::shared_ptr<LeaseTable> table, Node node, std::string key, std::uint64_t token)
        : table_(std::move(table)), node_(node), key_(std::move(key)), token_(token) {}
    Grant(Grant&& other) noexcept = default;  // leaves no table behind
    Grant& operator=(Grant&&) = delete;
    ~Grant() {
        if (table_) table_->release(node_, key_, token_);
    }

    LeaseTable const& table() const { return *table_; }
    std::uint64_t token() const { return token_; }
    bool is_held() const { return table_->is_held(key_, token_); }
    bool renew() const { return table_->renew(node_, key_, token_); }

private:
    std::shared_ptr<LeaseTable> table_;
    Node node_;
    std::string key_;
    std::uint64_t token_;
};

// Renews by a timer on the executor on which it was made, for as long as it lives.
class MemoryHold final : public Lease::Hold {
public:
    MemoryHold(Executor& executor, Grant grant) : executor_(executor), grant_(std::move(grant)) {
        renew_later();
    }
    ~MemoryHold() override {
        FG_CHECK(executor_.runs_here(), "a lease is let go on the executor that acquired it");
        executor_.cancel_timer(timer_);
    }

    std::uint64_t fencing_token() const override { return grant_.token(); }
    bool is_held() const override { return grant_.is_held(); }

private:
    void renew_later() {
        auto const when = executor_.clock().monotonic_now() + grant_.table().renewal_interval();
        timer_ = executor_.start_timer(when, [this] {
            if (grant_.renew()) renew_later();
        });
    }

    Executor& executor_;
    Grant grant_;
    Executor::TimerId timer_ = 0;
};

// Looks after the table's time while somebody waits: a dead holder tells nobody that it is gone.
class Lookout {
public:
    Lookout(Executor& executor, LeaseTable& table, LeaseTable::Waiter const& waiter)
        : executor_(executor), table_(table), waiter_(waiter) {
        look();
    }
    Lookout(Lookout const&) = delete;
    Lookout& operator=(Lookout const&) = delete;
    ~Lookout() {
        if (timer_) executor_.cancel_timer(*timer_);
    }

private:
    void look() {
        timer_.reset();
        // What is left, not a time of the table's clock: the executor may have another one.
        auto const pause = table_.look_again(waiter_);
        if (!pause) return;
        auto const when = executor_.clock().monotonic_now() + *pause;
        timer_ = executor_.start_timer(when, [this] { look(); });
    }

    Executor& executor_;
    LeaseTable& table_;
    LeaseTable::Waiter const& waiter_;
    std::optional<Executor::TimerId> timer_;
};

Task<Result<Grant>> wait(std::shared_ptr<LeaseTable> table, Node node, LeaseRequest request) {
    auto& executor = (co_await this_context()).executor();
    LeaseTable::Waiter waiter(*table, node, request);
    if (auto const token = table->take_or_wait(waiter))
        co_return Grant(std::move(table), node, std::move(request.key), *token);
    Lookout const lookout(executor, *table, waiter);
    try {
        co_await waiter.granted;
    } catch (Cancelled const&) {
        // Granted in the same instant: it goes on to the next one.
        if (waiter.token) table->release(node, request.key, *waiter.token);
        throw;
    }
    table->count_contended(node);
    co_return Grant(table, node, std::move(request.key), *waiter.token);
}

Lease make_lease(Executor& executor, Grant grant) {
    return Lease(std::make_unique<MemoryHold>(executor, std::move(grant)));
}

Error timed_out(LeaseTable const& table, LeaseRequest const& request, WallTime now) {
    auto const who = request.label.empty() ? request.key : request.label;
    auto message = fmt::format("{} was locked for too long", who);
    if (auto const held = table.find(request.key)) {
        auto const since = std::chrono::floor<seconds>(held->acquired_at);
        auto const age = std::chrono::floor<seconds>(now - held->acquired_at).count();
        message += fmt::format(": {} holds it since {:%Y-%m-%d %H:%M:%S} UTC ({} s)", held->holder,
                               since, age);
        if (held->waiters > 0) message += fmt::format(", {} more wait", held->waiters);
    } else {
        message += ", and was let go just now";
    }
    return {.code = ErrorCode::lock_timeout,
            .message = message + "; try again later",
            .detail = "lease " + request.key};
}

}  // namespace

MemoryLeases::MemoryLeases(LeaseOptions options, Clock const& clock, std::string node_name)
    : clock_(clock),
      table_(std::make_shared<LeaseTable>(options, clock)),
      node_(table_->add_node(std::move(node_name))) {}

MemoryLeases::MemoryLeases(MemoryLeases& peer, std::string node_name)
    : clock_(peer.clock_), table_(peer.table_), node_(table_->add_node(std::move(node_name))) {}

MemoryLeases::~MemoryLeases() = default;

Task<Result<Lease>> MemoryLeases::acquire(LeaseRequest request) {
    auto& executor = (co_await this_context()).executor();
    Error late{.code = ErrorCode::lock_timeout};
    auto grant =
        co_await with_deadline(request.deadline, std::move(late), wait(table_, node_, request));
    if (!grant) {
        table_->count_timed_out(node_);
        co_return fail(timed_out(*table_, request, clock_.wall_now()));
    }
    co_return make_lease(executor, *std::move(grant));
}

Task<Result<std::optional<Lease>>> MemoryLeases::try_acquire(LeaseRequest request) {
    auto& executor = (co_await this_context()).executor();
    auto const token = table_->try_take(node_, request);
    if (!token) co_return std::nullopt;
    co_return make_lease(executor, Grant(table_, node_, std::move(request.key), *token));
}

Task<Result<std::vector<LeaseView>>> MemoryLeases::list(std::size_t limit) {
    co_return table_->list(limit);
}

Task<Result<LeaseStatistics>> MemoryLeases::statistics() {
    co_return table_->statistics();
}

Task<Result<bool>> MemoryLeases::force_unlock(std::string key) {
    co_return table_->force_unlock(node_, key);
}

void MemoryLeases::die() {
    table_->kill(node_);
}

}  // namespace filegate::coordination
