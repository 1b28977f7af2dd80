#pragma once
// What all leases must do. An implementation's test makes itself known with
//   INSTANTIATE_TEST_SUITE_P(name, LeasesConformance, ::testing::Values(LeasesKind{...}));
// The tests are in leases_conformance_test.cpp and leases_random_conformance_test.cpp.

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "coordination/leases.hpp"

namespace filegate::coordination {

// Two nodes, named "first" and "second", that share fresh leases of the default duration.
class LeasesUnderTest {
public:
    virtual ~LeasesUnderTest() = default;
    virtual Leases& first() = 0;
    virtual Leases& second() = 0;
    virtual void kill_first() = 0;  // as if it had lost its power
};

struct LeasesKind {
    std::string name;
    std::function<std::unique_ptr<LeasesUnderTest>(SimLoop&)> make;
    friend void PrintTo(LeasesKind const& kind, std::ostream* out) { *out << kind.name; }
};

class LeasesConformance : public ::testing::TestWithParam<LeasesKind> {
protected:
    Leases& first() { return under_test_->first(); }
    Leases& second() { return under_test_->second(); }
    MonotonicTime now() const { return loop_.monotonic_now(); }
    void pass(std::chrono::nanoseconds time) { loop_.run(now() + time); }

    LeaseRequest request(std::string key, Deadline deadline = no_deadline) const {
        return {.key = std::move(key), .label = "kimi/main/file-extract", .deadline = deadline};
    }
    Result<Lease> acquire(Leases& leases, LeaseRequest wanted) {
        return loop_.run_task(leases.acquire(std::move(wanted)));
    }
    // Without waiting; it must be free.
    Lease take(Leases& leases, std::string key) {
        return acquire(leases, request(std::move(key), now())).value();
    }
    std::optional<Lease> try_take(Leases& leases, std::string key) {
        return loop_.run_task(leases.try_acquire(request(std::move(key)))).value();
    }
    bool force_unlock(Leases& leases, std::string key) {
        return loop_.run_task(leases.force_unlock(std::move(key))).value();
    }
    std::vector<LeaseView> list(std::size_t limit = 100) {
        return loop_.run_task(second().list(limit)).value();
    }
    LeaseStatistics statistics() { return loop_.run_task(second().statistics()).value(); }
    // "held 1, waiting 0, acquired 3, ..."; what is zero is left out.
    std::string counts();

    SimLoop loop_;
    std::unique_ptr<LeasesUnderTest> under_test_ = GetParam().make(loop_);
};

}  // namespace filegate::coordination
