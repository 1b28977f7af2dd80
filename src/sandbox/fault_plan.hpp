#pragma once
// Decides which faults strike a request. The same seed and the same order of requests at the same
// times give the same strikes. Not thread-safe.

#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "sandbox/faults.hpp"

namespace filegate::sandbox {

// What a fault may look for in a request.
struct Asked {
    std::string_view provider;
    Transport transport = Transport::openai;
    std::string_view route;
};

struct Strike {
    // The sums of what every fault of that kind asks for.
    milliseconds slow_accept{0};
    milliseconds slow_read{0};
    milliseconds latency{0};
    milliseconds drip{0};
    milliseconds clock_skew{0};
    std::vector<std::string> refused_purposes;
    std::optional<Fault> fault;  // the first other fault that struck

    bool is(FaultKind kind) const { return fault && fault->kind == kind; }
};

class FaultPlan {
public:
    // `now` is when the faults' schedules begin.
    FaultPlan(std::vector<Fault> faults, std::uint64_t seed, MonotonicTime now);

    Strike draw(Asked const& asked, MonotonicTime now);

    // Starts the sequence over, so that what happened before does not change what follows.
    void replace(std::vector<Fault> faults, MonotonicTime now);
    std::vector<Fault> const& faults() const { return faults_; }

private:
    std::vector<Fault> faults_;
    std::uint64_t seed_;
    MonotonicTime since_{};
    std::optional<SeededRandom> random_;
};

}  // namespace filegate::sandbox
