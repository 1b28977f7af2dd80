#pragma once
// Tokens that are refused although their signature and claims are right. Kept in memory, so that
// the check costs no query; the catalog keeps them over a restart (gateway/token_keeper).

#include <shared_mutex>
#include <unordered_map>

#include "access/token_claims.hpp"

namespace filegate::access {

// One token by its id, or every token of a subject that was issued before a time.
struct Revocation {
    std::string token_id;  // empty: by subject
    PrincipalId subject;
    std::optional<WallTime> issued_before;  // by subject only
    std::optional<WallTime> until;          // when the last such token has expired; none: for ever
};

inline constexpr std::size_t revocations_max = 10'000;

// Any thread. A revocation bites from the moment add() returns.
class Revocations {
public:
    // overloaded: there are too many already. Those whose time is over make room.
    Result<void> add(Revocation const& revocation, WallTime now);

    bool is_revoked(std::string const& token_id, PrincipalId const& subject,
                    std::optional<WallTime> issued_at) const;

private:
    struct Entry {
        WallTime issued_before;
        std::optional<WallTime> until;
    };
    using Entries = std::unordered_map<std::string, Entry>;
    void drop_expired(WallTime now);

    mutable std::shared_mutex mutex_;
    Entries by_token_;
    Entries by_subject_;
};

}  // namespace filegate::access
