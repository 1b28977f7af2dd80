#include "sandbox/fault_plan.hpp"

#include <gtest/gtest.h>

namespace filegate::sandbox {
namespace {

constexpr Asked upload_at_kimi{.provider = "kimi", .route = "upload"};

FaultPlan plan_of(std::vector<Fault> faults, std::uint64_t seed = 1) {
    return {std::move(faults), seed, MonotonicTime()};
}

std::vector<bool> strikes(FaultPlan& plan, int count) {
    std::vector<bool> struck;
    for (int i = 0; i < count; ++i)
        struck.push_back(plan.draw(upload_at_kimi, {}).fault.has_value());
    return struck;
}

TEST(fault_plan, strikes_in_the_same_places_with_the_same_seed) {
    auto first = plan_of({{.rate = 0.5}}, 7);
    auto again = plan_of({{.rate = 0.5}}, 7);
    auto other = plan_of({{.rate = 0.5}}, 8);
    auto const seen = strikes(first, 64);
    EXPECT_EQ(strikes(again, 64), seen);
    EXPECT_NE(strikes(other, 64), seen);
}

TEST(fault_plan, starts_over_when_its_faults_are_replaced) {
    auto plan = plan_of({{.rate = 0.5}}, 7);
    auto const seen = strikes(plan, 64);
    plan.replace({{.rate = 0.5}}, MonotonicTime());
    EXPECT_EQ(strikes(plan, 64), seen);
}

TEST(fault_plan, strikes_as_often_as_asked) {
    auto plan = plan_of({{.rate = 0.2}}, 1);
    auto const seen = strikes(plan, 10'000);
    auto const share = static_cast<double>(std::ranges::count(seen, true)) / 10'000;
    EXPECT_NEAR(share, 0.2, 0.02);
    auto never = plan_of({{.rate = 0}}, 1);
    EXPECT_EQ(strikes(never, 100), std::vector<bool>(100, false));
    auto always = plan_of({{.rate = 1}}, 1);
    EXPECT_EQ(strikes(always, 100), std::vector<bool>(100, true));
}

TEST(fault_plan, matches_provider_transport_and_route) {
    struct Case {
        Fault fault;
        Asked asked;
        bool strikes;
    };
    Fault const at_kimi{.provider = "kimi", .route = "upload"};
    Fault const by_token{.transport = Transport::native};
    Fault const vanish{.kind = FaultKind::vanish};
    Case const cases[] = {
        {at_kimi, {.provider = "kimi", .route = "upload"}, true},
        {at_kimi, {.provider = "kimi-cn", .route = "upload"}, false},
        {at_kimi, {.provider = "kimi", .route = "list"}, false},
        {at_kimi, {.provider = "kimi", .transport = Transport::plain, .route = "upload"}, true},
        {by_token, {.provider = "glm", .transport = Transport::native, .route = "list"}, true},
        {by_token, {.provider = "glm", .transport = Transport::openai, .route = "list"}, false},
        {by_token, {.provider = "glm", .transport = Transport::plain, .route = "list"}, false},
        {vanish, {.provider = "glm", .route = "upload"}, true},
        {vanish, {.provider = "glm", .route = "list"}, false},
    };
    for (auto const& [fault, asked, strikes] : cases) {
        auto plan = plan_of({fault});
        EXPECT_EQ(plan.draw(asked, {}).fault.has_value(), strikes)
            << asked.provider << " " << asked.route;
    }
}

TEST(fault_plan, adds_up_what_goes_together_and_takes_the_first_of_the_rest) {
    std::vector<Fault> faults;
    for (auto const kind : {FaultKind::slow_accept, FaultKind::slow_read, FaultKind::latency,
                            FaultKind::drip, FaultKind::clock_skew}) {
        faults.push_back({.kind = kind, .ms = milliseconds(10 + static_cast<int>(kind))});
        faults.push_back({.kind = kind, .ms = milliseconds(20)});
    }
    faults.insert(faults.begin() + 3, {.status = 429});
    faults.push_back({.kind = FaultKind::lost_answer});
    faults.push_back({.kind = FaultKind::refuse_purpose, .purpose = "a"});
    faults.push_back({.kind = FaultKind::refuse_purpose, .purpose = "b"});
    auto plan = plan_of(std::move(faults));
    auto const strike = plan.draw(upload_at_kimi, {});
    auto const sum = [](FaultKind kind) { return milliseconds(30 + static_cast<int>(kind)); };
    EXPECT_EQ(strike.slow_accept, sum(FaultKind::slow_accept));
    EXPECT_EQ(strike.slow_read, sum(FaultKind::slow_read));
    EXPECT_EQ(strike.latency, sum(FaultKind::latency));
    EXPECT_EQ(strike.drip, sum(FaultKind::drip));
    EXPECT_EQ(strike.clock_skew, sum(FaultKind::clock_skew));
    EXPECT_EQ(strike.refused_purposes, (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(strike.fault);
    EXPECT_EQ(strike.fault->status, 429);
    EXPECT_TRUE(strike.is(FaultKind::status));
    EXPECT_FALSE(strike.is(FaultKind::lost_answer));
}

TEST(fault_plan, strikes_within_its_window_alone) {
    MonotonicTime const set_at{seconds(50)};
    FaultPlan plan({{.from = seconds(10), .until = seconds(20)}}, 1, set_at);
    auto const strikes_after = [&](milliseconds elapsed) {
        return plan.draw(upload_at_kimi, set_at + elapsed).fault.has_value();
    };
    EXPECT_FALSE(strikes_after(milliseconds(0)));
    EXPECT_FALSE(strikes_after(milliseconds(9'999)));
    EXPECT_TRUE(strikes_after(milliseconds(10'000)));
    EXPECT_TRUE(strikes_after(milliseconds(19'999)));
    EXPECT_FALSE(strikes_after(milliseconds(20'000)));
    plan.replace({{.from = seconds(10)}}, set_at + seconds(100));
    EXPECT_FALSE(strikes_after(seconds(105)));
    EXPECT_TRUE(strikes_after(seconds(110)));
    EXPECT_TRUE(strikes_after(seconds(1'000'000)));
}

TEST(fault_plan, draws_for_a_fault_outside_its_window_too) {
    auto const latencies = [](milliseconds from) {
        auto plan = plan_of({{.rate = 0.5, .from = from},
                             {.kind = FaultKind::latency, .ms = milliseconds(1), .rate = 0.5}});
        std::vector<milliseconds> seen;
        for (int i = 0; i < 64; ++i)
            seen.push_back(plan.draw(upload_at_kimi, {}).latency);
        return seen;
    };
    EXPECT_EQ(latencies(seconds(0)), latencies(seconds(1)));
}

}  // namespace
}  // namespace filegate::sandbox
