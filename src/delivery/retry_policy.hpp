#pragma once
// When to try again (SPEC section 5). Pure: the coroutine only performs the answer.

#include "base/random.hpp"
#include "delivery/provider_failure.hpp"

namespace filegate::delivery {

struct RetryOptions {
    int attempts_max = 3;
    milliseconds delay_base{1000};
    milliseconds delay_max{60'000};
    // A larger body is not sent again to a provider that failed while another one waits for it.
    std::uint64_t resent_bytes_max = 32ULL << 20;
};

struct RetryDecision {
    enum class Action : std::uint8_t { retry_same, next_purpose, next_provider, give_up };
    Action action = Action::give_up;
    milliseconds delay{0};
};

// `attempt` counts from 1 and has just failed; `time_left` is until the delivery's deadline.
RetryDecision decide_retry(RetryOptions const& options, ProviderFailure const& failure, int attempt,
                           milliseconds time_left, Random& random);

}  // namespace filegate::delivery
