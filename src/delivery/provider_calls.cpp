// What is asked of providers beside uploads: for recovery, and to see whether they are well.

#include "base/deadline.hpp"
#include "delivery/delivery.hpp"

namespace filegate::delivery {
namespace {

constexpr seconds probe_interval{10};
// A breaker whose wait is over belongs to the next upload; only where none comes we ask ourselves.
constexpr seconds probe_patience{30};
constexpr seconds probe_timeout{15};

ProviderFailure not_configured(ProviderName const& provider, AccountName const& account) {
    return {.kind = contracts::FailureKind::authentication,
            .message = fmt::format("account \"{}\" at {} is no longer configured", account.text(),
                                   provider.text())};
}

}  // namespace

Account const* Delivery::find_account(ProviderName const& provider,
                                      AccountName const& account) const {
    auto const is_it = [&](Account const& one) {
        return one.contract->name == provider && one.name == account;
    };
    auto const found = std::ranges::find_if(accounts_, is_it);
    return found == accounts_.end() ? nullptr : &*found;
}

Channel Delivery::channel_of(Account const& account) const {
    return {account, transports_.order(account, parts_.clock.monotonic_now()).front()};
}

Task<ProviderResult<void>> Delivery::remove(ProviderName const& provider,
                                            AccountName const& account, ProviderFileId const& id) {
    auto const* const found = find_account(provider, account);
    if (!found) co_return std::unexpected(not_configured(provider, account));
    auto const deadline = parts_.clock.monotonic_now() + options_.attempt_timeout;
    co_return co_await client_.remove(channel_of(*found), id, deadline);
}

Task<ProviderResult<ProviderList>> Delivery::list(ProviderName const& provider,
                                                  AccountName const& account,
                                                  WirePurpose const& purpose, WallTime since) {
    auto const* const found = find_account(provider, account);
    if (!found) co_return std::unexpected(not_configured(provider, account));
    auto const deadline = parts_.clock.monotonic_now() + options_.attempt_timeout;
    co_return co_await client_.list(channel_of(*found), purpose, since, deadline);
}

std::vector<TransportHealth> Delivery::health() const {
    std::vector<TransportHealth> all;
    for (auto const& account : accounts_) {
        for (auto const transport : usable_transports(account)) {
            coordination::BreakerKey const key{account.contract->name,
                                               std::string(contracts::name_of(transport))};
            all.push_back({account.name, parts_.breakers.view(key), traffic_.record_of(key)});
        }
    }
    return all;
}

Task<void> Delivery::probe_periodically() {
    while (true) {
        co_await sleep_for(probe_interval);
        for (auto const& account : accounts_) {
            for (auto const transport : usable_transports(account))
                co_await probe(account, transport);
        }
    }
}

Task<void> Delivery::probe(Account const& account, contracts::Transport transport) {
    coordination::BreakerKey const key{account.contract->name,
                                       std::string(contracts::name_of(transport))};
    auto const view = parts_.breakers.view(key);
    auto const waits_since =
        view.phase == coordination::BreakerPhase::open ? view.retry_at : view.changed_at;
    if (view.phase == coordination::BreakerPhase::closed || !view.is_passable) co_return;
    if (waits_since && parts_.clock.wall_now() < *waits_since + probe_patience) co_return;
    auto permit = co_await parts_.breakers.enter(key);
    if (!permit) co_return;
    auto const answer =
        co_await client_.probe({account, transport}, parts_.clock.monotonic_now() + probe_timeout);
    if (answer) {
        co_await permit->succeeded();
    } else {
        co_await permit->failed("probe: " + answer.error().message);
    }
}

}  // namespace filegate::delivery
