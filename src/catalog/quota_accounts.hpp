#pragma once
// What one process knows of quotas while it alone holds the catalog: for the principals who upload,
// what they hold as last committed, and every reservation. Gone with the process, and so are the
// uploads that the reservations were for. Thread-safe; no call waits.

#include <map>
#include <mutex>
#include <unordered_map>

#include "catalog/queries.hpp"
#include "catalog/quota_book.hpp"

namespace filegate::catalog {

// Exact because of an order: settle() is told every committed change, in the order of the commits
// and before the change's caller goes on. Between a commit and its settle() what is held here is
// too much by a reservation or a deleted file, never too little.
class QuotaAccounts {
public:
    explicit QuotaAccounts(std::size_t idle_max = 10'000) : idle_max_(idle_max) {}

    // Keeps an owner's account in place, so that a settle() from here on is not missed.
    class Pin;
    Pin pin(PrincipalId const& owner);

    // The owner's account is pinned and known.
    Result<std::uint64_t> reserve(QuotaAsk const& ask);
    QuotaRecord record(PrincipalId const& owner) const;

    void release(ReservationId const& id) noexcept;
    std::uint64_t reserved_bytes(PrincipalId const& owner) const;
    Result<void> check_covers(ReservationId const& id, NewFile const& file) const;

    // As committed (whose reserved_bytes mean nothing); the reservation it was for ends with it.
    void settle(std::optional<QuotaRecord> const& committed,
                std::optional<ReservationId> const& ended);

    std::size_t size() const;  // accounts in memory

private:
    struct Account {
        QuotaRecord record;
        bool is_known = false;
        int pins = 0;
    };
    struct Reservation {
        PrincipalId owner;
        std::uint64_t bytes = 0;
    };
    using Accounts = std::map<PrincipalId, Account>;

    void end(ReservationId const& id);
    void forget_if_idle(Accounts::iterator account);

    std::size_t const idle_max_;
    mutable std::mutex mutex_;
    Accounts accounts_;
    std::unordered_map<std::string, Reservation> reservations_;  // by id
};

class QuotaAccounts::Pin {
public:
    Pin(Pin const&) = delete;
    Pin& operator=(Pin const&) = delete;
    ~Pin();
    bool is_known() const;  // else: read the catalog, and settle() what it says

private:
    friend class QuotaAccounts;
    Pin(QuotaAccounts& accounts, Accounts::iterator account)
        : accounts_(accounts), account_(account) {}
    QuotaAccounts& accounts_;
    Accounts::iterator account_;
};

}  // namespace filegate::catalog
