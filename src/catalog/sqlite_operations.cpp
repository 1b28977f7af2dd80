#include "catalog/sqlite_operations.hpp"

#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr Sql upsert_breaker{
    "saving a circuit breaker",
    "INSERT INTO breakers (provider, transport, phase, successes, wait_s, retry_at, changed_at,"
    " reason)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    " ON CONFLICT (provider, transport) DO UPDATE SET phase = excluded.phase,"
    " successes = excluded.successes, wait_s = excluded.wait_s, retry_at = excluded.retry_at,"
    " changed_at = excluded.changed_at, reason = excluded.reason"};
constexpr Sql select_breakers{
    "reading the circuit breakers",
    "SELECT provider, transport, phase, successes, wait_s, retry_at, changed_at, reason"
    " FROM breakers ORDER BY provider, transport"};
Result<BreakerRecord> breaker_of(Query const& row) {
    return BreakerRecord{.provider = ProviderName(row.text(0)),
                         .transport = row.text(1),
                         .phase = row.text(2),
                         .successes = static_cast<int>(row.integer(3)),
                         .wait = seconds(row.integer(4)),
                         .retry_at = wall_time(row.optional_integer(5)),
                         .changed_at = wall_time(row.integer(6)),
                         .reason = row.text(7)};
}

}  // namespace

Result<void> save_breaker(Connection& connection, BreakerRecord const& breaker) {
    return connection.run(upsert_breaker, breaker.provider.text(), breaker.transport, breaker.phase,
                          breaker.successes, breaker.wait.count(), column(breaker.retry_at),
                          column(breaker.changed_at), breaker.reason);
}

Result<std::vector<BreakerRecord>> breakers(Connection& connection) {
    return all(connection.query(select_breakers), breaker_of);
}

}  // namespace filegate::catalog::sqlite
