#include "delivery/retry_policy.hpp"

namespace filegate::delivery {
namespace {

using Action = RetryDecision::Action;
using contracts::FailureKind;

// What follows when waiting cannot help; retry_same: waiting may help.
Action action_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::refused_file:
            return Action::give_up;
        case FailureKind::refused_purpose:
            return Action::next_purpose;
        case FailureKind::authentication:
        case FailureKind::account_exhausted:
        case FailureKind::not_found:
            return Action::next_provider;
        case FailureKind::rate:
        case FailureKind::server:
        case FailureKind::network:
        case FailureKind::ambiguous:
            return Action::retry_same;
    }
    return Action::give_up;
}

// Uniform in [0, min(max, base * 2^n)], n counting the retries from 0.
milliseconds jittered_delay(RetryOptions const& options, int attempt, Random& random) {
    auto ceiling = std::max(options.delay_base, milliseconds(0));
    for (int n = 1; n < attempt && ceiling < options.delay_max; ++n)
        ceiling *= 2;
    ceiling = std::min(ceiling, std::max(options.delay_max, milliseconds(0)));
    auto const steps = static_cast<std::uint64_t>(ceiling.count()) + 1;
    return milliseconds(static_cast<std::int64_t>(random.below(steps)));
}

}  // namespace

RetryDecision decide_retry(RetryOptions const& options, ProviderFailure const& failure, int attempt,
                           milliseconds time_left, Random& random) {
    if (failure.is_own) return {Action::give_up, {}};
    auto const action = action_of(failure.kind);
    if (action != Action::retry_same) return {action, {}};
    if (attempt >= options.attempts_max) return {Action::next_provider, {}};
    auto delay = jittered_delay(options, attempt, random);
    // A longer wait than we are ready for is not cut short: coming back early would be refused.
    if (failure.retry_after) {
        if (*failure.retry_after > options.delay_max) return {Action::next_provider, {}};
        delay = std::max<milliseconds>(delay, *failure.retry_after);
    }
    if (delay >= time_left) return {Action::next_provider, {}};
    return {Action::retry_same, delay};
}

}  // namespace filegate::delivery
