#pragma once
// What all rate limits must do. An implementation's test makes itself known with
//   INSTANTIATE_TEST_SUITE_P(name, RateLimitsConformance, ::testing::Values(RateLimitsKind{...}));
// The tests are in rate_limits_conformance_test.cpp.

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "coordination/rate_limits.hpp"

namespace filegate::coordination {

// Fresh limits, nobody known, and whatever they lie on.
class RateLimitsUnderTest {
public:
    virtual ~RateLimitsUnderTest() = default;
    virtual RateLimits& limits() = 0;
};

struct RateLimitsKind {
    std::string name;
    std::function<std::unique_ptr<RateLimitsUnderTest>(SimLoop&)> make;  // on the loop's clock
    friend void PrintTo(RateLimitsKind const& kind, std::ostream* out) { *out << kind.name; }
};

class RateLimitsConformance : public ::testing::TestWithParam<RateLimitsKind> {
protected:
    RateLimits& limits() { return under_test_->limits(); }
    void pass(nanoseconds time) { loop_.run(loop_.monotonic_now() + time); }
    nanoseconds take(RateKey const& key, std::uint64_t units = 1) {
        return loop_.run_task(limits().take(key, rate_, units));
    }
    nanoseconds look(RateKey const& key) { return loop_.run_task(limits().look(key, rate_)); }
    int taken_at_once(RateKey const& key);

    SimLoop loop_;
    std::unique_ptr<RateLimitsUnderTest> under_test_ = GetParam().make(loop_);
    Rate rate_{.units = 10, .per = seconds(1), .burst = 20};
    RateKey const ann_{.door = "http", .whom = Whom::principal, .name = "ann"};
};

}  // namespace filegate::coordination
