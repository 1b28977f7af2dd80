#pragma once
// What all circuit breakers shared by many must do. An implementation's test makes itself known
// with
//   INSTANTIATE_TEST_SUITE_P(name, BreakersConformance, ::testing::Values(BreakersKind{...}));
// The tests are in breakers_conformance_test.cpp.

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "coordination/breakers.hpp"

namespace filegate::coordination {

// Fresh breakers, all closed, and whatever they lie on.
class BreakersUnderTest {
public:
    virtual ~BreakersUnderTest() = default;
    virtual Breakers& breakers() = 0;
};

struct BreakersKind {
    std::string name;
    // With the default options, on the loop's clock.
    std::function<std::unique_ptr<BreakersUnderTest>(SimLoop&, BreakerJournal&)> make;
    friend void PrintTo(BreakersKind const& kind, std::ostream* out) { *out << kind.name; }
};

// Remembers what it is told. Telling takes a moment, as writing down would.
class RememberingJournal final : public BreakerJournal {
public:
    Task<void> changed(BreakerChange change) override;

    // "closed->open by ann", oldest first; half-open ones with their successes.
    std::vector<std::string> told() const;
    BreakerChange const& last() const { return changes_.back(); }
    std::size_t size() const { return changes_.size(); }

private:
    std::vector<BreakerChange> changes_;
};

enum class Verdict : std::uint8_t { success, failure, none };

class BreakersConformance : public ::testing::TestWithParam<BreakersKind> {
protected:
    Breakers& breakers() { return under_test_->breakers(); }
    void pass(std::chrono::nanoseconds time) { loop_.run(loop_.monotonic_now() + time); }

    Result<BreakerPermit> enter(BreakerKey const& key) {
        return loop_.run_task(breakers().enter(key));
    }
    void end(BreakerPermit permit, Verdict verdict);
    // A request that must be let through.
    void request(BreakerKey const& key, Verdict verdict);
    void fail_times(BreakerKey const& key, int times);
    // Refused, and to be asked again after so many seconds.
    int refused_for(BreakerKey const& key);
    Result<void> force(BreakerKey const& key, BreakerPhase phase, std::string by);

    // "open, wait 60", "closed, 3 failures"
    std::string seen(BreakerKey const& key);

    SimLoop loop_;
    RememberingJournal journal_;
    std::unique_ptr<BreakersUnderTest> under_test_ = GetParam().make(loop_, journal_);
    BreakerKey const glm_{ProviderName("glm"), "native"};
    BreakerKey const kimi_{ProviderName("kimi"), "native"};
};

}  // namespace filegate::coordination
