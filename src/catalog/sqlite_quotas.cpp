#include "catalog/sqlite_quotas.hpp"

#include "catalog/queries.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

constexpr Sql charge_owner{
    "charging a file to its owner's quota",
    "INSERT INTO user_quotas (owner, used_bytes, file_count) VALUES (?1, ?2, 1)"
    " ON CONFLICT (owner) DO UPDATE SET used_bytes = used_bytes + excluded.used_bytes,"
    " file_count = file_count + 1"
    " RETURNING owner, used_bytes, file_count, limit_bytes"};
constexpr Sql give_back_to_owner{
    "giving a file's bytes back to its owner's quota",
    "UPDATE user_quotas SET used_bytes = used_bytes - ?2, file_count = file_count - 1"
    " WHERE owner = ?1 RETURNING owner, used_bytes, file_count, limit_bytes"};
constexpr Sql set_limit{
    "setting a quota",
    "INSERT INTO user_quotas (owner, used_bytes, file_count, limit_bytes) VALUES (?1, 0, 0, ?2)"
    " ON CONFLICT (owner) DO UPDATE SET limit_bytes = excluded.limit_bytes"
    " RETURNING owner, used_bytes, file_count, limit_bytes"};
constexpr Sql select_quota{
    "reading a quota",
    "SELECT owner, used_bytes, file_count, limit_bytes FROM user_quotas WHERE owner = ?1"};
constexpr Sql select_quotas{"listing quotas",
                            "SELECT owner, used_bytes, file_count, limit_bytes FROM user_quotas"
                            " WHERE owner > ?1 ORDER BY owner LIMIT ?2"};

std::optional<std::int64_t> column(std::optional<std::uint64_t> bytes) {
    if (!bytes) return std::nullopt;
    return static_cast<std::int64_t>(*bytes);
}

Result<QuotaRecord> quota_in(Query const& row) {
    auto const limit = row.optional_integer(3);
    return QuotaRecord{
        .owner = PrincipalId(row.text(0)),
        .used_bytes = static_cast<std::uint64_t>(row.integer(1)),
        .file_count = static_cast<std::uint64_t>(row.integer(2)),
        .limit_bytes = limit ? std::optional(static_cast<std::uint64_t>(*limit)) : std::nullopt};
}

// A statement that answers with the one row it changed.
Result<QuotaRecord> changed(Query query, PrincipalId const& owner) {
    TRY(bool const has_row, query.step());
    if (!has_row) return fail(unreadable_row("no quota row for " + owner.text()));
    TRY(auto record, quota_in(query));
    TRY(query.run());
    return record;
}

}  // namespace

Result<QuotaRecord> charge(Connection& connection, PrincipalId const& owner, std::uint64_t bytes) {
    return changed(connection.query(charge_owner, owner.text(), bytes), owner);
}

Result<QuotaRecord> give_back(Connection& connection, PrincipalId const& owner,
                              std::uint64_t bytes) {
    return changed(connection.query(give_back_to_owner, owner.text(), bytes), owner);
}

Result<QuotaRecord> quota_of(Connection& connection, PrincipalId const& owner) {
    TRY(auto record, first(connection.query(select_quota, owner.text()), quota_in));
    return record.value_or(QuotaRecord{.owner = owner});
}

Result<QuotaRecord> set_quota(Connection& connection, PrincipalId const& owner,
                              std::optional<std::uint64_t> limit_bytes) {
    return changed(connection.query(set_limit, owner.text(), column(limit_bytes)), owner);
}

Result<std::vector<QuotaRecord>> quotas(Connection& connection, std::size_t limit,
                                        std::optional<PrincipalId> const& after) {
    auto const from = after ? after->text() : std::string();
    return all(connection.query(select_quotas, from, std::min(limit, list_limit_max)), quota_in);
}

}  // namespace filegate::catalog::sqlite
