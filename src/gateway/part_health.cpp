#include "gateway/part_health.hpp"

#include <fmt/chrono.h>
#include <fmt/ranges.h>

namespace filegate::gateway {
namespace {

using coordination::BreakerPhase;
using coordination::BreakerView;
using delivery::TransportHealth;
using State = PartHealth::State;

constexpr std::uint64_t deliveries_waiting_max = 1000;
constexpr std::chrono::hours intent_age_max{1};

std::string counted(std::uint64_t count, std::string_view one, std::string_view several) {
    return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::string backlog(std::uint64_t waiting, std::size_t open) {
    std::vector<std::string> texts;
    if (waiting > 0) texts.push_back(counted(waiting, "delivery waits", "deliveries wait"));
    if (open > 0) {
        auto const more = open >= intents_shown_max ? "at least " : "";
        texts.push_back(more + counted(open, "intent is open", "intents are open"));
    }
    return texts.empty() ? "ok" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string when(std::optional<WallTime> retry_at, WallTime now) {
    if (!retry_at || *retry_at <= now) return "tried again with the next request";
    auto const wait = std::chrono::ceil<seconds>(*retry_at - now);
    return fmt::format("tried again in {} s, at {:%H:%M:%S} UTC", wait.count(),
                       std::chrono::floor<seconds>(*retry_at));
}

// Empty when nothing is to be said: closed breakers are the usual case.
std::string breaker_text(BreakerView const& breaker, WallTime now) {
    auto const& reason = breaker.reason;
    switch (breaker.phase) {
        case BreakerPhase::closed:
            return "";
        case BreakerPhase::open:
            return fmt::format("{} is open ({}), {}", breaker.key.transport, reason,
                               when(breaker.retry_at, now));
        case BreakerPhase::half_open:
            return fmt::format(
                "{} is half-open: tried with one request at a time after it had "
                "failed",
                breaker.key.transport);
    }
    return "";
}

// The last request that told something about the provider, when that was a failure.
std::string last_word(std::span<TransportHealth const> transports) {
    std::optional<WallTime> success;
    TransportHealth const* failed = nullptr;
    for (auto const& transport : transports) {
        auto const& traffic = transport.traffic;
        success = std::max(success, traffic.last_success_at);
        auto const is_later = !failed || traffic.last_failure_at > failed->traffic.last_failure_at;
        if (traffic.last_failure_at && is_later) failed = &transport;
    }
    if (!failed || success >= failed->traffic.last_failure_at) return "";
    return fmt::format("the last request failed, over {}: {}", failed->breaker.key.transport,
                       failed->traffic.last_failure);
}

}  // namespace

std::string_view name_of(State state) {
    switch (state) {
        case State::well:
            return "well";
        case State::impaired:
            return "impaired";
        case State::unwell:
            return "unwell";
    }
    return "unwell";
}

PartHealth deliveries_health(std::uint64_t waiting, std::span<catalog::IntentRecord const> open,
                             WallTime now) {
    PartHealth health{.name = "deliveries", .what = backlog(waiting, open.size())};
    if (waiting > deliveries_waiting_max) {
        health.state = State::impaired;
        health.what += "; providers take them slower than they come";
    }
    auto const by_age = [](auto const& a, auto const& b) { return a.started_at < b.started_at; };
    auto const oldest = std::ranges::min_element(open, by_age);
    if (oldest != open.end() && now - oldest->started_at > intent_age_max) {
        auto const age = std::chrono::floor<std::chrono::minutes>(now - oldest->started_at);
        health.state = State::impaired;
        health.what += fmt::format(
            "; the oldest for {} minutes: `filegate reconcile --dry-run` says why", age.count());
    }
    return health;
}

PartHealth provider_health(std::span<TransportHealth const> transports, WallTime now) {
    auto const& first = transports.front();
    PartHealth health{.name = fmt::format("provider {}/{}", first.breaker.key.provider.text(),
                                          first.account.text())};
    std::vector<std::string> texts;
    bool is_passable = false;
    for (auto const& transport : transports) {
        is_passable = is_passable || transport.breaker.is_passable;
        auto text = breaker_text(transport.breaker, now);
        if (!text.empty()) texts.push_back(std::move(text));
    }
    if (auto text = last_word(transports); texts.empty() && !text.empty()) {
        texts.push_back(std::move(text));
    }
    if (texts.empty()) return health;
    health.state = is_passable ? State::impaired : State::unwell;
    health.what = fmt::format("{}", fmt::join(texts, "; "));
    if (!is_passable) {
        health.what += fmt::format("; `filegate breakers close {}` lets requests through at once",
                                   first.breaker.key.text());
    }
    return health;
}

}  // namespace filegate::gateway
