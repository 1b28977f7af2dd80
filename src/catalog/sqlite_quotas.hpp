#pragma once
// What principals hold as rows: what the SQLite catalog's calls do inside a transaction somebody
// else holds. Reservations are not among the rows.

#include "catalog/quota_book.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

// One file more, and one less. Answer with what the owner then holds.
Result<QuotaRecord> charge(db::Connection& connection, PrincipalId const& owner,
                           std::uint64_t bytes);
Result<QuotaRecord> give_back(db::Connection& connection, PrincipalId const& owner,
                              std::uint64_t bytes);

Result<QuotaRecord> quota_of(db::Connection& connection, PrincipalId const& owner);
Result<QuotaRecord> set_quota(db::Connection& connection, PrincipalId const& owner,
                              std::optional<std::uint64_t> limit_bytes);
Result<std::vector<QuotaRecord>> quotas(db::Connection& connection, std::size_t limit,
                                        std::optional<PrincipalId> const& after);

}  // namespace filegate::catalog::sqlite
