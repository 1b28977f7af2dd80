// What operators ask and change about quotas.

#include "access/access.hpp"
#include "gateway/audit.hpp"
#include "gateway/catalog_ledger.hpp"
#include "gateway/operations.hpp"
#include "observe/escape.hpp"

namespace filegate::gateway {
namespace {

constexpr std::size_t principal_bytes_max = 256;

Result<void> check_principal(PrincipalId const& principal) {
    auto const bytes = principal.text().size();
    if (bytes > 0 && bytes <= principal_bytes_max) return {};
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = fmt::format("a principal's name has 1 to {} bytes, not {}",
                                             principal_bytes_max, bytes),
                      .param = "principal"});
}

std::string limit_text(std::optional<std::uint64_t> limit_bytes) {
    return limit_bytes ? fmt::format("{} bytes", *limit_bytes) : "the default";
}

}  // namespace

Task<Result<QuotaPage>> Operations::quotas(access::Principal const& caller, std::size_t limit,
                                           std::optional<PrincipalId> after) {
    CO_TRY(access::Access::check_scope(caller, access::Scope::admin));
    QuotaPage page;
    CO_TRY(auto records, co_await parts_.catalog.quotas(limit + 1, std::move(after)));
    page.has_more = records.size() > limit;
    if (page.has_more) records.pop_back();
    for (auto const& record : records)
        page.quotas.push_back(shown(record));
    co_return page;
}

Task<Result<PrincipalQuota>> Operations::quota(access::Principal const& caller,
                                               PrincipalId principal) {
    CO_TRY(access::Access::check_scope(caller, access::Scope::admin));
    CO_TRY(check_principal(principal));
    CO_TRY(auto const record, co_await parts_.catalog.quota_of(std::move(principal)));
    co_return shown(record);
}

Task<Result<PrincipalQuota>> Operations::set_quota(access::Principal const& caller,
                                                   PrincipalId principal,
                                                   std::optional<std::uint64_t> limit_bytes) {
    CO_TRY(access::Access::check_scope(caller, access::Scope::admin));
    CO_TRY(check_principal(principal));
    TaskContext uncancelled((co_await this_context()).executor());
    co_return co_await set_quota_and_tell(cause_of(caller), std::move(principal), limit_bytes)
        .in(uncancelled);
}

Task<Result<PrincipalQuota>> Operations::set_quota_and_tell(
    catalog::Cause by, PrincipalId principal, std::optional<std::uint64_t> limit_bytes) {
    auto const record = co_await parts_.catalog.set_quota(principal, limit_bytes);
    co_await tell(by, {.at = parts_.clock.wall_now(),
                       .principal = by.principal,
                       .action = "quota.set",
                       .subject = observe::printable(principal.text()),
                       .outcome = record ? "done" : record.error().message,
                       .detail = limit_text(limit_bytes)});
    if (!record) co_return fail(record.error());
    co_return shown(*record);
}

PrincipalQuota Operations::shown(catalog::QuotaRecord const& quota) const {
    return {.principal = quota.owner,
            .quota = quota_view(quota, parts_.quota_bytes_default),
            .is_default = !quota.limit_bytes};
}

}  // namespace filegate::gateway
