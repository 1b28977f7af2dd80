#pragma once
// Settled facts and revocations as rows: what the SQLite catalog's calls do inside a transaction
// somebody else holds.

#include "catalog/token_book.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<std::string> settle(db::Connection& connection, std::string const& name,
                           std::string const& value);
Result<void> revoke_token(db::Connection& connection, RevocationRecord const& revocation,
                          WallTime now);
Result<std::vector<RevocationRecord>> revocations(db::Connection& connection, WallTime now);

}  // namespace filegate::catalog::sqlite
