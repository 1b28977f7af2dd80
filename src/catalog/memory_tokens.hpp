#pragma once
// Settled facts and revocations in memory. Not thread-safe: the catalog locks.

#include <map>

#include "catalog/token_book.hpp"

namespace filegate::catalog::memory {

class Tokens {
public:
    std::string settle(std::string const& name, std::string const& value);
    Result<void> revoke(RevocationRecord const& revocation, WallTime now);
    std::vector<RevocationRecord> revocations(WallTime now) const;

private:
    using Key = std::pair<std::string, PrincipalId>;

    std::map<std::string, std::string> settled_;
    std::map<Key, RevocationRecord> revocations_;
};

}  // namespace filegate::catalog::memory
