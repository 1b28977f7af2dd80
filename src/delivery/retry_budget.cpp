#include "delivery/retry_budget.hpp"

namespace filegate::delivery {

RetryBudget::Account& RetryBudget::account_of(ProviderName const& provider, MonotonicTime now) {
    auto const [found, is_new] =
        accounts_.try_emplace(provider, Account{options_.retries_max, now});
    auto& account = found->second;
    auto const passed = std::chrono::duration<double>(now - account.counted_at).count();
    account.counted_at = now;
    account.retries =
        std::min(options_.retries_max, account.retries + passed * options_.per_second);
    return account;
}

void RetryBudget::earn(ProviderName const& provider, MonotonicTime now) {
    std::scoped_lock const lock(mutex_);
    auto& account = account_of(provider, now);
    account.retries =
        std::min(options_.retries_max, account.retries + options_.per_100_uploads / 100.0);
}

bool RetryBudget::spend(ProviderName const& provider, MonotonicTime now) {
    std::scoped_lock const lock(mutex_);
    auto& account = account_of(provider, now);
    if (account.retries < 1) return false;
    account.retries -= 1;
    return true;
}

}  // namespace filegate::delivery
