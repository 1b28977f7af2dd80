// The rows of routes.cpp about limits and quotas.

#include "http/api.hpp"
#include "http/limits_json.hpp"
#include "http/parameters.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t quota_body_bytes_max = 1024;
constexpr std::size_t quotas_default = 1000;
constexpr std::size_t quotas_max = catalog::list_limit_max - 1;

}  // namespace

Api::Answer Api::limits(Call& call) {
    CO_TRY(auto const report, co_await parts_.gateway.limits(call.caller));
    co_return limits_answer(report);
}

Api::Answer Api::quotas(Call& call) {
    CO_TRY(auto const query, net::Query::parse(call.request.query));
    CO_TRY(check_parameter_names(query, {"limit", "after"}));
    CO_TRY(auto const limit, limit_parameter(query, quotas_default, quotas_max));
    std::optional<PrincipalId> after;
    if (auto const text = query.find("after")) after.emplace(std::string(*text));
    CO_TRY(auto const page,
           co_await parts_.operations.quotas(call.caller, limit, std::move(after)));
    co_return quotas_answer(page);
}

Api::Answer Api::quota(Call& call) {
    CO_TRY(auto const quota,
           co_await parts_.operations.quota(call.caller, PrincipalId(call.values.front())));
    co_return quota_answer(quota);
}

Api::Answer Api::set_quota(Call& call) {
    CO_TRY(auto const body, co_await read_all(*call.request.body, quota_body_bytes_max));
    CO_TRY(auto const limit, parse_quota_limit(body));
    CO_TRY(auto const quota, co_await parts_.operations.set_quota(
                                 call.caller, PrincipalId(call.values.front()), limit));
    co_return quota_answer(quota);
}

// The work is done: a ledger that does not answer now is no reason to say anything else.
Task<net::ServerResponse> Api::with_quota(access::Principal const& caller,
                                          net::ServerResponse answer) {
    auto const quota = co_await parts_.access.quota(caller);
    if (quota && *quota) add_quota_headers(answer.headers, **quota);
    co_return answer;
}

}  // namespace filegate::http
