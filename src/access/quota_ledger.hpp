#pragma once
// Where access reserves and asks about quotas. The gateway keeps it in the catalog, which is also
// where a file is charged: in the transaction that records it.

#include <optional>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace filegate::access {

// What a principal has of its quota at one moment.
struct QuotaView {
    std::uint64_t limit_bytes = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t reserved_bytes = 0;  // by uploads under way
    std::uint64_t left_bytes = 0;      // for the next upload
    std::uint64_t file_count = 0;
};

struct QuotaWish {
    PrincipalId owner;
    std::uint64_t bytes_least = 1;
    std::uint64_t bytes_most = 1;
};

struct QuotaReservation {
    ReservationId id;
    std::uint64_t bytes = 0;
};

class QuotaLedger {
public:
    virtual ~QuotaLedger() = default;

    // `bytes_most` if that much is left, else what is left; quota_exceeded when that is less than
    // `bytes_least` or nothing. Any other error: the ledger could not be asked, and nothing is
    // held.
    virtual Task<Result<QuotaReservation>> reserve(QuotaWish wish) = 0;
    // Also of one that has ended. Never waits.
    virtual void release(ReservationId const& id) noexcept = 0;
    virtual Task<Result<QuotaView>> view(PrincipalId owner) = 0;
};

}  // namespace filegate::access
