#include "cli/verbs.hpp"

namespace filegate::cli {
namespace {

using Action = QuotaCommand::Action;

// All pages. A server that says that there is more, and sends nothing, is not asked again.
Task<Answer<std::vector<QuotaObject>>> all(ApiClient& api) {
    std::vector<QuotaObject> quotas;
    while (true) {
        auto page = co_await api.quotas(quotas.empty() ? "" : quotas.back().principal);
        if (!page) co_return std::unexpected(page.error());
        bool const is_last = !page->has_more || page->quotas.empty();
        std::ranges::move(page->quotas, std::back_inserter(quotas));
        if (is_last) co_return quotas;
    }
}

Task<Answer<std::vector<QuotaObject>>> ask(ApiClient& api, QuotaCommand const& command) {
    bool const is_set = command.action == Action::set;
    if (!is_set && command.principal.empty()) co_return co_await all(api);
    auto task = is_set ? api.set_quota(command.principal, command.limit_bytes)
                       : api.quota(command.principal);
    auto quota = co_await std::move(task);
    if (!quota) co_return std::unexpected(quota.error());
    co_return std::vector{*std::move(quota)};
}

}  // namespace

Task<int> quota(QuotaCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    auto const answer = co_await ask(api, command);
    if (!answer) co_return give_up(answer.error(), tools.console);
    std::string out;
    for (auto const& quota : *answer)
        out += command.is_json ? quota.json + "\n" : "";
    if (!command.is_json) {
        out = answer->empty() ? "nobody has uploaded anything yet\n" : quota_table(*answer);
    }
    co_return tools.console.out(out) ? exit_ok : exit_code(ErrorCode::storage_error);
}

}  // namespace filegate::cli
