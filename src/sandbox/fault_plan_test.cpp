#include "sandbox/fault_plan.hpp"

#include <gtest/gtest.h>

namespace filegate::sandbox {
namespace {

std::vector<bool> strikes(FaultPlan& plan, int count) {
    std::vector<bool> struck;
    for (int i = 0; i < count; ++i)
        struck.push_back(plan.draw("kimi", "upload").fault.has_value());
    return struck;
}

TEST(fault_plan, strikes_in_the_same_places_with_the_same_seed) {
    FaultPlan first({{.rate = 0.5}}, 7);
    FaultPlan again({{.rate = 0.5}}, 7);
    FaultPlan other({{.rate = 0.5}}, 8);
    auto const seen = strikes(first, 64);
    EXPECT_EQ(strikes(again, 64), seen);
    EXPECT_NE(strikes(other, 64), seen);
}

TEST(fault_plan, starts_over_when_its_faults_are_replaced) {
    FaultPlan plan({{.rate = 0.5}}, 7);
    auto const seen = strikes(plan, 64);
    plan.replace({{.rate = 0.5}});
    EXPECT_EQ(strikes(plan, 64), seen);
}

TEST(fault_plan, strikes_as_often_as_asked) {
    FaultPlan plan({{.rate = 0.2}}, 1);
    auto const seen = strikes(plan, 10'000);
    auto const share = static_cast<double>(std::ranges::count(seen, true)) / 10'000;
    EXPECT_NEAR(share, 0.2, 0.02);
    FaultPlan never({{.rate = 0}}, 1);
    EXPECT_EQ(strikes(never, 100), std::vector<bool>(100, false));
    FaultPlan always({{.rate = 1}}, 1);
    EXPECT_EQ(strikes(always, 100), std::vector<bool>(100, true));
}

TEST(fault_plan, matches_provider_and_route) {
    FaultPlan plan({{.provider = "kimi", .route = "upload"}}, 1);
    EXPECT_TRUE(plan.draw("kimi", "upload").fault);
    EXPECT_FALSE(plan.draw("kimi-cn", "upload").fault);
    EXPECT_FALSE(plan.draw("kimi", "list").fault);
}

TEST(fault_plan, adds_latencies_up_and_takes_the_first_other_fault) {
    FaultPlan plan({{.kind = FaultKind::latency, .ms = 5},
                    {.status = 429},
                    {.kind = FaultKind::latency, .ms = 7},
                    {.kind = FaultKind::lost_answer}},
                   1);
    auto const strike = plan.draw("glm", "list");
    EXPECT_EQ(strike.latency, milliseconds(12));
    ASSERT_TRUE(strike.fault);
    EXPECT_EQ(strike.fault->status, 429);
}

}  // namespace
}  // namespace filegate::sandbox
