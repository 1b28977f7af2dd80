#include "delivery/retry_policy.hpp"

#include <gtest/gtest.h>

namespace filegate::delivery {
namespace {

using Action = RetryDecision::Action;
using contracts::FailureKind;
using namespace std::chrono_literals;

// Always the same fraction of the range.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(std::byte value) : value_(value) {}
    void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, value_); }

private:
    std::byte value_;
};

struct Case {
    std::string_view what;
    ProviderFailure failure;
    int attempt;
    milliseconds time_left;
    Action action;
};

class deciding : public testing::TestWithParam<Case> {};

TEST_P(deciding, follows_the_table) {
    auto const& row = GetParam();
    SeededRandom random(1);
    auto const decision = decide_retry({}, row.failure, row.attempt, row.time_left, random);
    EXPECT_EQ(decision.action, row.action) << row.what;
    if (decision.action != Action::retry_same) EXPECT_EQ(decision.delay, 0ms) << row.what;
}

ProviderFailure of(FailureKind kind) {
    return {.kind = kind};
}
ProviderFailure after(FailureKind kind, seconds retry_after) {
    return {.kind = kind, .retry_after = retry_after};
}

INSTANTIATE_TEST_SUITE_P(
    retry, deciding,
    testing::Values(
        Case{"the file", of(FailureKind::refused_file), 1, 10min, Action::give_up},
        Case{"the purpose", of(FailureKind::refused_purpose), 1, 10min, Action::next_purpose},
        Case{"the key", of(FailureKind::authentication), 1, 10min, Action::next_provider},
        Case{"the quota", of(FailureKind::account_exhausted), 1, 10min, Action::next_provider},
        Case{"404", of(FailureKind::not_found), 1, 10min, Action::next_provider},
        Case{"rate", of(FailureKind::rate), 1, 10min, Action::retry_same},
        Case{"server", of(FailureKind::server), 1, 10min, Action::retry_same},
        Case{"network", of(FailureKind::network), 1, 10min, Action::retry_same},
        Case{"ambiguous", of(FailureKind::ambiguous), 1, 10min, Action::retry_same},
        Case{"second attempt", of(FailureKind::server), 2, 10min, Action::retry_same},
        Case{"third attempt", of(FailureKind::server), 3, 10min, Action::next_provider},
        Case{"our own disk",
             {.kind = FailureKind::network, .is_own = true},
             1,
             10min,
             Action::give_up},
        Case{"Retry-After 60", after(FailureKind::rate, 60s), 1, 10min, Action::retry_same},
        Case{"Retry-After 61", after(FailureKind::rate, 61s), 1, 10min, Action::next_provider},
        Case{"Retry-After at the deadline", after(FailureKind::rate, 30s), 1, 30s,
             Action::next_provider},
        Case{"Retry-After before the deadline", after(FailureKind::rate, 30s), 1, 30s + 1ms,
             Action::retry_same},
        Case{"no time left", of(FailureKind::server), 1, 0ms, Action::next_provider},
        Case{"late", of(FailureKind::server), 1, -5s, Action::next_provider},
        Case{"Retry-After does not revive what is final", after(FailureKind::refused_file, 1s), 1,
             10min, Action::give_up}));

TEST(retry_policy, the_delay_is_uniform_below_a_doubling_ceiling) {
    RetryOptions const options{.attempts_max = 20};
    for (int attempt = 1; attempt <= 12; ++attempt) {
        auto const ceiling = std::min<milliseconds>(60s, 1s * (1 << (attempt - 1)));
        FixedRandom lowest(std::byte{0});
        FixedRandom highest(std::byte{0xff});
        auto const failure = of(FailureKind::server);
        EXPECT_EQ(decide_retry(options, failure, attempt, 10min, lowest).delay, 0ms);
        EXPECT_LE(decide_retry(options, failure, attempt, 10min, highest).delay, ceiling);
        SeededRandom random(static_cast<std::uint64_t>(attempt));
        milliseconds largest{0};
        for (int i = 0; i < 300; ++i) {
            auto const decision = decide_retry(options, failure, attempt, 10min, random);
            EXPECT_LE(decision.delay, ceiling);
            largest = std::max(largest, decision.delay);
        }
        EXPECT_GT(largest, ceiling * 9 / 10) << "attempt " << attempt;
    }
}

TEST(retry_policy, retry_after_is_the_least_delay) {
    FixedRandom lowest(std::byte{0});
    auto const failure = after(FailureKind::rate, 7s);
    EXPECT_EQ(decide_retry({}, failure, 1, 10min, lowest).delay, 7s);
}

TEST(retry_policy, without_delays_it_retries_at_once) {
    SeededRandom random(1);
    RetryOptions const options{.delay_base = 0ms, .delay_max = 0ms};
    auto const decision = decide_retry(options, of(FailureKind::server), 1, 10min, random);
    EXPECT_EQ(decision.action, Action::retry_same);
    EXPECT_EQ(decision.delay, 0ms);
}

}  // namespace
}  // namespace filegate::delivery
