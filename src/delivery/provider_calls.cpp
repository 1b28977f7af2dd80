// What is asked of providers beside uploads: for recovery, and to see whether they are well.

#include "base/deadline.hpp"
#include "delivery/delivery.hpp"

namespace filegate::delivery {
namespace {

constexpr seconds probe_interval{10};
// A breaker whose wait is over belongs to the next upload; only where none comes we ask ourselves.
constexpr seconds probe_patience{30};
constexpr seconds probe_timeout{15};
// Lists and removals move no bytes; whoever waits for one may hold a lease.
constexpr seconds call_timeout{30};

ProviderFailure not_configured(ProviderName const& provider, AccountName const& account) {
    return {.kind = contracts::FailureKind::authentication,
            .message = fmt::format("account \"{}\" at {} is no longer configured", account.text(),
                                   provider.text())};
}

ProviderFailure left_alone(ProviderName const& provider) {
    return {.kind = contracts::FailureKind::network,
            .message = provider.text() + " is being left alone after repeated failures"};
}

// Over another transport.
bool may_fare_better(ProviderFailure const& failure) {
    return failure.kind == contracts::FailureKind::authentication ||
           failure.kind == contracts::FailureKind::network ||
           failure.kind == contracts::FailureKind::server;
}

coordination::BreakerKey breaker_key(Account const& account, contracts::Transport transport) {
    return {account.contract->name, std::string(contracts::name_of(transport))};
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

// Those that are let through, best first. With all of them left alone: none.
std::vector<Channel> Delivery::channels_of(Account const& account) const {
    std::vector<Channel> channels;
    for (auto const transport : transports_.order(account, parts_.clock.monotonic_now())) {
        if (parts_.breakers.view(breaker_key(account, transport)).is_passable) {
            channels.push_back({account, transport});
        }
    }
    return channels;
}

Task<ProviderResult<void>> Delivery::remove(ProviderName const& provider,
                                            AccountName const& account, ProviderFileId const& id) {
    auto const* const found = find_account(provider, account);
    if (!found) co_return std::unexpected(not_configured(provider, account));
    ProviderResult<void> result = std::unexpected(left_alone(provider));
    for (auto const& channel : channels_of(*found)) {
        result = co_await client_.remove(channel, id, parts_.clock.monotonic_now() + call_timeout);
        if (result || !may_fare_better(result.error())) break;
    }
    co_return result;
}

Task<ProviderResult<ProviderList>> Delivery::list(ProviderName const& provider,
                                                  AccountName const& account,
                                                  WirePurpose const& purpose, WallTime since) {
    auto const* const found = find_account(provider, account);
    if (!found) co_return std::unexpected(not_configured(provider, account));
    ProviderResult<ProviderList> result = std::unexpected(left_alone(provider));
    for (auto const& channel : channels_of(*found)) {
        auto const deadline = parts_.clock.monotonic_now() + call_timeout;
        result = co_await client_.list(channel, purpose, since, deadline);
        if (result || !may_fare_better(result.error())) break;
    }
    co_return result;
}

std::vector<TransportHealth> Delivery::health() const {
    std::vector<TransportHealth> all;
    for (auto const& account : accounts_) {
        for (auto const transport : usable_transports(account)) {
            auto const key = breaker_key(account, transport);
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
    auto const key = breaker_key(account, transport);
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
