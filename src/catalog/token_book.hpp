#pragma once
// What the catalog keeps about tokens: facts that are settled once for all, and revocations.

#include "base/result.hpp"
#include "base/task.hpp"
#include "catalog/queries.hpp"

namespace filegate::catalog {

// Tokens that are refused although they are signed: one by its id, or all of a subject that were
// issued before a time.
struct RevocationRecord {
    std::string token_id;                   // empty: by subject
    PrincipalId subject;                    // empty: by token id
    std::optional<WallTime> issued_before;  // by subject only
    std::optional<WallTime> until;          // when no such token can be valid any more; none: never
    WallTime revoked_at;
};

class TokenBook {
public:
    virtual ~TokenBook() = default;

    // The first value written under a name stays: whoever comes later, also after a restart, is
    // answered with that one. Names are of the program, not of strangers.
    virtual Task<Result<std::string>> settle(std::string name, std::string value) = 0;

    // Durable when it returns. One for the same token or subject replaces the one before, but never
    // by less: the later times of both count. Those whose `until` has come by `now` are dropped.
    // overloaded: list_limit_max are kept already.
    virtual Task<Result<void>> revoke_token(RevocationRecord revocation, WallTime now) = 0;
    // Those that still count at `now`, by token id, then by subject.
    virtual Task<Result<std::vector<RevocationRecord>>> revocations(WallTime now) = 0;
};

}  // namespace filegate::catalog
