#include "cli/verbs.hpp"

namespace filegate::cli {
namespace {

using Action = BreakersCommand::Action;

Task<Answer<std::vector<BreakerObject>>> ask(ApiClient& api, BreakersCommand const& command) {
    if (command.action == Action::list) co_return co_await api.breakers();
    auto const* const state = command.action == Action::open ? "open" : "closed";
    auto breaker = co_await api.force_breaker(command.name, state);
    if (!breaker) co_return std::unexpected(breaker.error());
    co_return std::vector{*std::move(breaker)};
}

}  // namespace

Task<int> breakers(BreakersCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    auto const answer = co_await ask(api, command);
    if (!answer) co_return give_up(answer.error(), tools.console);
    std::string out;
    for (auto const& breaker : *answer)
        out += command.is_json ? breaker.json + "\n" : "";
    if (!command.is_json) {
        out = answer->empty() ? "no provider account is configured\n" : breaker_table(*answer);
    }
    co_return tools.console.out(out) ? exit_ok : exit_code(ErrorCode::storage_error);
}

}  // namespace filegate::cli
