#include "gateway/limits.hpp"

#include <algorithm>

#include "gateway/gateway.hpp"

namespace filegate::gateway {
namespace {

void add_words(std::vector<Purpose>& words,
               std::vector<contracts::CallerPurposeRule> const& rules) {
    for (auto const& rule : rules)
        if (std::ranges::find(words, rule.word) == words.end()) words.push_back(rule.word);
}

}  // namespace

Task<Result<LimitsReport>> Gateway::limits(access::Principal const& caller) {
    LimitsReport report{.file_bytes_max = parts_.access.file_bytes_max()};
    CO_TRY(report.quota, co_await parts_.access.quota(caller));
    if (parts_.access.limits_rates()) report.rates = parts_.access.rates();
    for (auto const& account : parts_.delivery.accounts()) {
        auto const& contract = *account.contract;
        add_words(report.purposes, contract.auto_purposes);
        auto const is_same = [&](auto const& known) { return known.provider == contract.name; };
        if (std::ranges::any_of(report.providers, is_same)) continue;
        ProviderPurposes provider{
            .provider = contract.name, .purposes = {}, .default_purpose = contract.default_purpose};
        add_words(provider.purposes, contract.caller_purposes);
        report.providers.push_back(std::move(provider));
    }
    co_return report;
}

}  // namespace filegate::gateway
