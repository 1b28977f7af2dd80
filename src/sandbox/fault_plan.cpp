#include "sandbox/fault_plan.hpp"

namespace filegate::sandbox {

namespace {

bool matches(std::string_view pattern, std::string_view name) {
    return pattern == "*" || pattern == name;
}

}  // namespace

FaultPlan::FaultPlan(std::vector<Fault> faults, std::uint64_t seed) : seed_(seed) {
    replace(std::move(faults));
}

Strike FaultPlan::draw(std::string_view provider, std::string_view route) {
    Strike strike;
    for (auto const& fault : faults_) {
        if (!matches(fault.provider, provider) || !matches(fault.route, route)) continue;
        // Every matching fault draws, struck or not: adding one at the end of the list leaves the
        // strikes of a single request in step.
        if (random_->uniform() >= fault.rate) continue;
        if (fault.kind == FaultKind::latency) {
            strike.latency += milliseconds(fault.ms);
        } else if (!strike.fault) {
            strike.fault = fault;
        }
    }
    return strike;
}

void FaultPlan::replace(std::vector<Fault> faults) {
    faults_ = std::move(faults);
    random_.emplace(seed_);
}

}  // namespace filegate::sandbox
