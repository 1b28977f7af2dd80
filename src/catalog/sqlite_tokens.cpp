#include "catalog/sqlite_tokens.hpp"

#include "catalog/refusals.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr Sql insert_settled{
    "settling a fact",
    "INSERT INTO settled (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"};
constexpr Sql select_settled{"reading a settled fact", "SELECT value FROM settled WHERE name = ?1"};
constexpr Sql delete_expired{"dropping revocations that are over",
                             "DELETE FROM revocations WHERE until IS NOT NULL AND until <= ?1"};
constexpr Sql count_revocations{"counting revocations", "SELECT count(*) FROM revocations"};
constexpr Sql select_revocation{
    "looking for a revocation",
    "SELECT token_id FROM revocations WHERE token_id = ?1 AND subject = ?2"};
// A time that is missing in either stands for ever, hence the null of both wins for `until`.
constexpr Sql upsert_revocation{
    "revoking a token",
    "INSERT INTO revocations (token_id, subject, issued_before, until, revoked_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT (token_id, subject) DO UPDATE SET"
    " issued_before = max(issued_before, excluded.issued_before),"
    " until = max(until, excluded.until), revoked_at = excluded.revoked_at"};
constexpr Sql select_revocations{
    "listing revocations",
    "SELECT token_id, subject, issued_before, until, revoked_at FROM revocations"
    " WHERE until IS NULL OR until > ?1 ORDER BY token_id, subject LIMIT ?2"};

Result<std::string> value_of(Query const& row) {
    return row.text(0);
}

Result<std::int64_t> count_of(Query const& row) {
    return row.integer(0);
}

Result<RevocationRecord> revocation_of(Query const& row) {
    return RevocationRecord{.token_id = row.text(0),
                            .subject = PrincipalId(row.text(1)),
                            .issued_before = wall_time(row.optional_integer(2)),
                            .until = wall_time(row.optional_integer(3)),
                            .revoked_at = wall_time(row.integer(4))};
}

Result<void> check_has_room(Connection& connection, RevocationRecord const& revocation) {
    TRY(auto const same,
        first(connection.query(select_revocation, revocation.token_id, revocation.subject.text()),
              value_of));
    if (same) return {};
    TRY(auto const count, first(connection.query(count_revocations), count_of));
    if (count.value_or(0) < static_cast<std::int64_t>(list_limit_max)) return {};
    return fail(too_many_revocations());
}

}  // namespace

Result<std::string> settle(Connection& connection, std::string const& name,
                           std::string const& value) {
    TRY(connection.run(insert_settled, name, value));
    TRY(auto kept, first(connection.query(select_settled, name), value_of));
    if (!kept) return fail(unreadable_row("a settled fact is missing: " + name));
    return *std::move(kept);
}

Result<void> revoke_token(Connection& connection, RevocationRecord const& revocation,
                          WallTime now) {
    TRY(connection.run(delete_expired, column(now)));
    TRY(check_has_room(connection, revocation));
    return connection.run(upsert_revocation, revocation.token_id, revocation.subject.text(),
                          column(revocation.issued_before), column(revocation.until),
                          column(revocation.revoked_at));
}

Result<std::vector<RevocationRecord>> revocations(Connection& connection, WallTime now) {
    return all(connection.query(select_revocations, column(now), list_limit_max), revocation_of);
}

}  // namespace filegate::catalog::sqlite
