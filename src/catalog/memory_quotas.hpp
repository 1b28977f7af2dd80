#pragma once
// What principals hold, and reservations, in memory. Not thread-safe: the catalog locks.

#include <map>

#include "catalog/queries.hpp"
#include "catalog/quota_book.hpp"

namespace filegate::catalog::memory {

class Quotas {
public:
    Result<std::uint64_t> reserve(QuotaAsk const& ask);
    void release(ReservationId const& id);
    Result<void> check_covers(NewFile const& file) const;

    void charge(PrincipalId const& owner, std::uint64_t bytes);
    void give_back(PrincipalId const& owner, std::uint64_t bytes);

    QuotaRecord of(PrincipalId const& owner) const;
    QuotaRecord set_limit(PrincipalId const& owner, std::optional<std::uint64_t> limit_bytes);
    std::vector<QuotaRecord> list(std::size_t limit, std::optional<PrincipalId> const& after) const;

private:
    struct Held {
        PrincipalId owner;
        std::uint64_t bytes = 0;
    };
    std::map<PrincipalId, QuotaRecord> rows_;  // without what is reserved
    std::map<ReservationId, Held> held_;
};

}  // namespace filegate::catalog::memory
