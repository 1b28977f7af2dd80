#pragma once
// Decides which faults strike a request. The same seed and the same order of requests give the same
// strikes. Not thread-safe.

#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "sandbox/faults.hpp"

namespace filegate::sandbox {

struct Strike {
    milliseconds latency{0};     // of every latency fault that struck, together
    std::optional<Fault> fault;  // the first other fault that struck
};

class FaultPlan {
public:
    FaultPlan(std::vector<Fault> faults, std::uint64_t seed);

    Strike draw(std::string_view provider, std::string_view route);

    // Starts the sequence over, so that what happened before does not change what follows.
    void replace(std::vector<Fault> faults);
    std::vector<Fault> const& faults() const { return faults_; }

private:
    std::vector<Fault> faults_;
    std::uint64_t seed_;
    std::optional<SeededRandom> random_;
};

}  // namespace filegate::sandbox
