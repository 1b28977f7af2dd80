#include "gateway/queue_policy.hpp"

namespace filegate::gateway {
namespace {

// May time, or an operator, change it? What is wrong with the file itself stays wrong.
bool may_pass(ErrorCode code) {
    constexpr std::array passing{
        ErrorCode::provider_error,       ErrorCode::provider_unavailable,
        ErrorCode::circuit_breaker_open, ErrorCode::all_providers_unavailable,
        ErrorCode::upload_failed,        ErrorCode::delivery_timeout,
        ErrorCode::unknown_provider,  // configured again after the next restart, perhaps
    };
    auto const kind = category(code);
    return std::ranges::find(passing, code) != passing.end() || kind == ErrorCategory::locking ||
           kind == ErrorCategory::storage || kind == ErrorCategory::system;
}

milliseconds delay_after(QueueOptions const& options, int tries, std::optional<int> retry_after_s,
                         Random& random) {
    auto ceiling = options.delay_base;
    for (int n = 1; n < tries && ceiling < options.delay_max; ++n)
        ceiling *= 2;
    ceiling = std::min(ceiling, options.delay_max);
    auto const steps = static_cast<std::uint64_t>(ceiling.count()) + 1;
    auto const jittered = milliseconds(static_cast<std::int64_t>(random.below(steps)));
    auto const asked =
        std::min<milliseconds>(seconds(retry_after_s.value_or(0)), options.delay_max);
    return std::max(jittered, asked);
}

// The failures of one try, sorted by whether trying again may help.
struct Failures {
    std::vector<ProviderName> passing;
    std::optional<Error> first_passing;
    std::optional<Error> first_lasting;
    std::optional<int> retry_after_s;  // of the one that may be asked first

    void add(ProviderName const& provider, Error const& error) {
        auto& first = may_pass(error.code) ? first_passing : first_lasting;
        if (!first) first = error;
        if (!may_pass(error.code)) return;
        passing.push_back(provider);
        auto const after = error.retry_after_s.value_or(0);
        retry_after_s = std::min(retry_after_s.value_or(after), after);
    }
};

}  // namespace

QueueStep after_try(QueueOptions const& options, catalog::QueuedDelivery tried,
                    Result<std::vector<delivery::Outcome>> const& outcomes, WallTime now,
                    Random& random) {
    Failures failures;
    if (!outcomes) {
        failures.add({}, outcomes.error());
    } else {
        for (auto const& outcome : *outcomes) {
            if (outcome.failure) failures.add(outcome.provider, *outcome.failure);
        }
        // With auto a single outcome speaks for all.
        if (!tried.providers.empty()) tried.providers = failures.passing;
    }
    if (!failures.first_passing) return {.failure = failures.first_lasting};
    auto const& error = *failures.first_passing;
    ++tried.tries;
    tried.next_try_at = now + delay_after(options, tried.tries, failures.retry_after_s, random);
    tried.last_error = error.message;
    if (tried.next_try_at >= tried.deadline) return {.failure = error};
    return {.again = std::move(tried), .failure = error};
}

}  // namespace filegate::gateway
