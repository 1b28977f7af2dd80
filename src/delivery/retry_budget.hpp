#pragma once
// How many retries a provider is asked to bear (SPEC section 5): uploads earn them, so that an
// outage is multiplied by no more than 1 + per_100_uploads / 100. Pure but for its lock.

#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace filegate::delivery {

struct RetryBudgetOptions {
    int per_100_uploads = 50;   // retries earned by uploads
    double per_second = 0.1;    // and by time, so that a quiet gateway may retry at all
    double retries_max = 50.0;  // saved up at most, and at the start
};

class RetryBudget {
public:
    explicit RetryBudget(RetryBudgetOptions options) : options_(options) {}

    void earn(ProviderName const& provider, MonotonicTime now);
    bool spend(ProviderName const& provider, MonotonicTime now);  // false: no retry now

private:
    struct Account {
        double retries = 0;
        MonotonicTime counted_at{};
    };
    Account& account_of(ProviderName const& provider, MonotonicTime now);

    RetryBudgetOptions options_;
    std::mutex mutex_;
    std::map<ProviderName, Account> accounts_;
};

}  // namespace filegate::delivery
