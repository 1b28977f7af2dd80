#include "delivery/retry_budget.hpp"

#include <gtest/gtest.h>

namespace filegate::delivery {
namespace {

ProviderName const kimi("kimi");
ProviderName const glm("glm");

MonotonicTime at(seconds second) {
    return MonotonicTime(second);
}

TEST(retry_budget, an_outage_is_multiplied_by_little) {
    RetryBudget budget({});
    int requests = 0;
    for (int upload = 0; upload < 10'000; ++upload) {
        budget.earn(kimi, at(seconds(0)));
        ++requests;
        for (int retry = 0; retry < 2; ++retry)
            requests += budget.spend(kimi, at(seconds(0))) ? 1 : 0;
    }
    EXPECT_LE(requests, 15'000 + 50);
    EXPECT_GE(requests, 14'990);
}

TEST(retry_budget, a_fifth_of_failures_is_always_retried) {
    RetryBudget budget({});
    for (int upload = 0; upload < 10'000; ++upload) {
        budget.earn(kimi, at(seconds(0)));
        if (upload % 4 == 0) EXPECT_TRUE(budget.spend(kimi, at(seconds(0))));
    }
}

TEST(retry_budget, comes_back_with_time_and_is_saved_up_to_its_limit) {
    RetryBudget budget({.per_100_uploads = 0, .per_second = 0.1, .retries_max = 2});
    EXPECT_TRUE(budget.spend(kimi, at(seconds(0))));
    EXPECT_TRUE(budget.spend(kimi, at(seconds(0))));
    EXPECT_FALSE(budget.spend(kimi, at(seconds(9))));
    EXPECT_TRUE(budget.spend(kimi, at(seconds(11))));
    EXPECT_FALSE(budget.spend(kimi, at(seconds(11))));
    EXPECT_TRUE(budget.spend(kimi, at(seconds(10'000))));
    EXPECT_TRUE(budget.spend(kimi, at(seconds(10'000))));
    EXPECT_FALSE(budget.spend(kimi, at(seconds(10'000))));
}

TEST(retry_budget, one_provider_does_not_use_up_anothers) {
    RetryBudget budget({.per_100_uploads = 0, .per_second = 0, .retries_max = 1});
    EXPECT_TRUE(budget.spend(kimi, at(seconds(0))));
    EXPECT_FALSE(budget.spend(kimi, at(seconds(0))));
    EXPECT_TRUE(budget.spend(glm, at(seconds(0))));
}

}  // namespace
}  // namespace filegate::delivery
