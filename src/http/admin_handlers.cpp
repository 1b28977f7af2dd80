// The operators' rows of routes.cpp.

#include "http/admin_json.hpp"
#include "http/api.hpp"
#include "http/parameters.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t state_body_bytes_max = 1024;
constexpr std::size_t events_default = 100;

Result<gateway::RecoveryMode> recovery_mode(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    TRY(check_parameter_names(query, {"dry_run"}));
    TRY(bool const is_dry, flag_parameter(query, "dry_run"));
    return is_dry ? gateway::RecoveryMode::dry : gateway::RecoveryMode::act;
}

Result<std::size_t> events_limit(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    TRY(check_parameter_names(query, {"limit"}));
    return limit_parameter(query, events_default, catalog::list_limit_max);
}

}  // namespace

Api::Answer Api::readiness(Call& call) {
    auto const report = co_await parts_.operations.health();
    // Who is not meant to be here learns no more than a load balancer needs.
    bool const is_stranger = parts_.access.tokens() != nullptr || !hosts_.check(call.request);
    if (is_stranger) co_return bare_readiness_answer(report.is_ready);
    co_return readiness_answer(report);
}

Api::Answer Api::full_health(Call&) {
    co_return health_answer(co_await parts_.operations.health());
}

Api::Answer Api::breakers(Call& call) {
    CO_TRY(auto const views, co_await parts_.operations.breakers(call.caller));
    co_return breakers_answer(views);
}

Api::Answer Api::force_breaker(Call& call) {
    coordination::BreakerKey key{ProviderName(call.values.at(0)), call.values.at(1)};
    CO_TRY(auto const body, co_await read_all(*call.request.body, state_body_bytes_max));
    CO_TRY(auto const state, parse_breaker_state(body));
    CO_TRY(auto const view,
           co_await parts_.operations.force_breaker(call.caller, std::move(key), state));
    co_return breaker_answer(view);
}

Api::Answer Api::locks(Call& call) {
    CO_TRY(auto const report, co_await parts_.operations.locks(call.caller));
    co_return locks_answer(report);
}

Api::Answer Api::force_unlock(Call& call) {
    auto const& key = call.values.front();
    CO_TRY(bool const is_released, co_await parts_.operations.force_unlock(call.caller, key));
    co_return unlock_answer(key, is_released);
}

Api::Answer Api::reconcile(Call& call) {
    CO_TRY(auto const mode, recovery_mode(call.request.query));
    CO_TRY(auto const report, co_await parts_.operations.reconcile(call.caller, mode));
    co_return recovery_answer(report, mode);
}

Api::Answer Api::events(Call& call) {
    CO_TRY(auto const limit, events_limit(call.request.query));
    CO_TRY(auto const events, co_await parts_.operations.events(call.caller, limit));
    co_return events_answer(events);
}

}  // namespace filegate::http
