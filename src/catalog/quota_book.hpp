#pragma once
// How many bytes each principal holds and may hold: reserved before an upload's first byte, charged
// in the transaction that records the file, given back in the one that deletes it. At any moment
// used + reserved + what is granted <= the limit, whoever else asks meanwhile.
//
// A reservation belongs to the node that made it. It ends when its file is recorded, when it is
// released, or with its node: with the process where one holds the catalog, and when the node's
// time is over where several share one.

#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace filegate::catalog {

struct QuotaRecord {
    PrincipalId owner;
    std::uint64_t used_bytes = 0;              // the sum of the owner's live file records
    std::uint64_t file_count = 0;              // how many those are
    std::uint64_t reserved_bytes = 0;          // for uploads under way
    std::optional<std::uint64_t> limit_bytes;  // none: the default's

    friend bool operator==(QuotaRecord const&, QuotaRecord const&) = default;
};

// Room for an upload: `bytes_most` if there is that much, never less than `bytes_least`.
struct QuotaAsk {
    ReservationId id;  // never used before
    PrincipalId owner;
    std::uint64_t bytes_least = 1;
    std::uint64_t bytes_most = 1;
    std::uint64_t default_limit_bytes = 0;  // for an owner without a limit of its own
};

class QuotaBook {
public:
    virtual ~QuotaBook() = default;

    // Answers with the bytes that are held now. quota_exceeded, naming the numbers, when fewer than
    // `bytes_least` are left.
    virtual Task<Result<std::uint64_t>> reserve_quota(QuotaAsk ask) = 0;
    // Unknown ones, and those that have ended, are no error. Never waits: an implementation that
    // must ask a server does so by itself.
    virtual void release_reservation(ReservationId const& id) noexcept = 0;

    // A principal who was never heard of holds nothing.
    virtual Task<Result<QuotaRecord>> quota_of(PrincipalId owner) = 0;
    // A limit of its own, or none again. It may be less than what is used: nothing is deleted, but
    // nothing more is taken.
    virtual Task<Result<QuotaRecord>> set_quota(PrincipalId owner,
                                                std::optional<std::uint64_t> limit_bytes) = 0;
    // Of those who ever held a file or were given a limit, by name, those after `after`.
    virtual Task<Result<std::vector<QuotaRecord>>> quotas(std::size_t limit,
                                                          std::optional<PrincipalId> after) = 0;
};

std::uint64_t left_bytes(QuotaRecord const& quota, std::uint64_t default_limit_bytes);

// How much of what is asked for may be held; the one place that decides it.
Result<std::uint64_t> bytes_to_reserve(QuotaRecord const& quota, QuotaAsk const& ask);

// The file that is recorded is larger than what was held for it, or nothing is held (any more).
Error reservation_does_not_cover(std::uint64_t bytes);

}  // namespace filegate::catalog
