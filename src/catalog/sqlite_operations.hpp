#pragma once
// Breakers as rows: what the SQLite catalog's calls do inside a transaction somebody else holds.

#include "catalog/catalog.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<void> save_breaker(db::Connection& connection, BreakerRecord const& breaker);
Result<std::vector<BreakerRecord>> breakers(db::Connection& connection);

}  // namespace filegate::catalog::sqlite
