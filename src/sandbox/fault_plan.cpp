#include "sandbox/fault_plan.hpp"

namespace filegate::sandbox {

namespace {

bool matches(std::string_view pattern, std::string_view name) {
    return pattern == "*" || pattern == name;
}

bool matches(Fault const& fault, Asked const& asked) {
    return matches(fault.provider, asked.provider) && matches(fault.route, asked.route) &&
           (!fault.transport || *fault.transport == asked.transport) &&
           (!fault_kind(fault.kind).is_of_uploads || asked.route == "upload");
}

bool is_scheduled(Fault const& fault, std::chrono::nanoseconds elapsed) {
    return elapsed >= fault.from && (!fault.until || elapsed < *fault.until);
}

void add(Strike& strike, Fault const& fault) {
    switch (fault.kind) {
        case FaultKind::slow_accept:
            strike.slow_accept += fault.ms;
            return;
        case FaultKind::slow_read:
            strike.slow_read += fault.ms;
            return;
        case FaultKind::latency:
            strike.latency += fault.ms;
            return;
        case FaultKind::drip:
            strike.drip += fault.ms;
            return;
        case FaultKind::clock_skew:
            strike.clock_skew += fault.ms;
            return;
        case FaultKind::refuse_purpose:
            strike.refused_purposes.push_back(fault.purpose);
            return;
        case FaultKind::status:
        case FaultKind::html:
        case FaultKind::refuse_connection:
        case FaultKind::reset_before_body:
        case FaultKind::reset_during_body:
        case FaultKind::reset_after_body:
        case FaultKind::lost_answer:
        case FaultKind::wrong_length:
        case FaultKind::invalid_json:
        case FaultKind::empty_answer:
        case FaultKind::no_id:
        case FaultKind::wrong_bytes:
        case FaultKind::failed_status:
        case FaultKind::vanish:
            if (!strike.fault) strike.fault = fault;
            return;
    }
}

}  // namespace

FaultPlan::FaultPlan(std::vector<Fault> faults, std::uint64_t seed, MonotonicTime now)
    : seed_(seed) {
    replace(std::move(faults), now);
}

Strike FaultPlan::draw(Asked const& asked, MonotonicTime now) {
    Strike strike;
    for (auto const& fault : faults_) {
        if (!matches(fault, asked)) continue;
        // Every matching fault draws, struck or not, scheduled or not: adding one at the end of the
        // list, or moving its window, leaves the strikes of the others in step.
        auto const is_struck = random_->uniform() < fault.rate;
        if (is_struck && is_scheduled(fault, now - since_)) add(strike, fault);
    }
    return strike;
}

void FaultPlan::replace(std::vector<Fault> faults, MonotonicTime now) {
    faults_ = std::move(faults);
    since_ = now;
    random_.emplace(seed_);
}

}  // namespace filegate::sandbox
