#include "gateway/part_health.hpp"

#include <gtest/gtest.h>

namespace filegate::gateway {
namespace {

using coordination::BreakerPhase;
using delivery::TransportHealth;
using State = PartHealth::State;

constexpr WallTime now{seconds(1'700'000'000)};

TransportHealth transport(std::string const& name) {
    return {.account = AccountName("main"),
            .breaker = {.key = {ProviderName("glm"), name}},
            .traffic = {}};
}

TransportHealth open(std::string const& name, seconds wait) {
    auto one = transport(name);
    one.breaker.phase = BreakerPhase::open;
    one.breaker.is_passable = wait <= seconds(0);
    one.breaker.retry_at = now + wait;
    one.breaker.reason = "5 failures in a row; server: HTTP 503 down";
    return one;
}

TransportHealth half_open(std::string const& name, bool is_passable) {
    auto one = transport(name);
    one.breaker.phase = BreakerPhase::half_open;
    one.breaker.is_passable = is_passable;
    return one;
}

TransportHealth with_traffic(std::string const& name, std::optional<WallTime> success,
                             std::optional<WallTime> failure) {
    auto one = transport(name);
    one.traffic = {.last_success_at = success,
                   .last_failure_at = failure,
                   .last_failure = "server: HTTP 500 oh"};
    return one;
}

TEST(part_health, a_provider_is_as_well_as_its_breakers_and_its_last_request) {
    struct Case {
        std::vector<TransportHealth> transports;
        State state;
        std::string what;
    };
    auto const later = now + seconds(1);
    std::vector<Case> const cases{
        {{transport("native"), transport("openai")}, State::well, "ok"},
        {{with_traffic("native", now, std::nullopt)}, State::well, "ok"},
        {{with_traffic("native", later, now)}, State::well, "ok"},
        {{with_traffic("native", now, now)}, State::well, "ok"},
        {{with_traffic("native", std::nullopt, now), with_traffic("openai", later, std::nullopt)},
         State::well,
         "ok"},
        {{with_traffic("native", now, later)},
         State::impaired,
         "the last request failed, over native: server: HTTP 500 oh"},
        {{with_traffic("native", std::nullopt, now), with_traffic("openai", now, later)},
         State::impaired,
         "the last request failed, over openai: server: HTTP 500 oh"},
        {{with_traffic("native", std::nullopt, later), with_traffic("openai", now, now)},
         State::impaired,
         "the last request failed, over native: server: HTTP 500 oh"},
        {{open("native", seconds(42)), transport("openai")},
         State::impaired,
         "native is open (5 failures in a row; server: HTTP 503 down), tried again in 42 s, at "
         "22:14:02 UTC"},
        {{open("native", seconds(0))},
         State::impaired,
         "native is open (5 failures in a row; server: HTTP 503 down), tried again with the next "
         "request"},
        {{half_open("native", true)},
         State::impaired,
         "native is half-open: tried with one request at a time after it had failed"},
        {{half_open("native", false), transport("openai")},
         State::impaired,
         "native is half-open: tried with one request at a time after it had failed"},
        {{half_open("native", false)},
         State::unwell,
         "native is half-open: tried with one request at a time after it had failed; "
         "`filegate breakers close glm/native` lets requests through at once"},
        {{open("native", seconds(1)), open("openai", seconds(2))},
         State::unwell,
         "native is open (5 failures in a row; server: HTTP 503 down), tried again in 1 s, at "
         "22:13:21 UTC; openai is open (5 failures in a row; server: HTTP 503 down), tried again "
         "in 2 s, at 22:13:22 UTC; `filegate breakers close glm/native` lets requests through at "
         "once"},
    };
    for (auto const& [transports, state, what] : cases) {
        auto const health = provider_health(transports, now);
        EXPECT_EQ(health.name, "provider glm/main");
        EXPECT_EQ(name_of(health.state), name_of(state)) << what;
        EXPECT_EQ(health.what, what);
    }
}

catalog::IntentRecord intent(seconds age) {
    return {.id = IntentId("int-1"), .started_at = now - age};
}

TEST(part_health, deliveries_that_wait_and_intents_that_are_open_are_counted) {
    struct Case {
        std::uint64_t waiting;
        std::vector<catalog::IntentRecord> open;
        State state;
        std::string what;
    };
    std::vector<Case> const cases{
        {0, {}, State::well, "ok"},
        {1, {}, State::well, "1 delivery waits"},
        {1000, {intent(seconds(3600))}, State::well, "1000 deliveries wait, 1 intent is open"},
        {1001,
         {},
         State::impaired,
         "1001 deliveries wait; providers take them slower than they come"},
        {0,
         {intent(seconds(7)), intent(seconds(3601))},
         State::impaired,
         "2 intents are open; the oldest for 60 minutes: `filegate reconcile --dry-run` says why"},
        {0, {intent(seconds(-50))}, State::well, "1 intent is open"},  // the clock was set back
        {0, std::vector(intents_shown_max, intent(seconds(1))), State::well,
         "at least 1000 intents are open"},
    };
    for (auto const& [waiting, open_intents, state, what] : cases) {
        auto const health = deliveries_health(waiting, open_intents, now);
        EXPECT_EQ(health.name, "deliveries");
        EXPECT_EQ(name_of(health.state), name_of(state)) << what;
        EXPECT_EQ(health.what, what);
    }
}

}  // namespace
}  // namespace filegate::gateway
