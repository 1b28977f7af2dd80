#include "coordination/breaker.hpp"

#include <algorithm>

namespace filegate::coordination {

namespace {

void enter(BreakerState& state, BreakerPhase phase) {
    state.phase = phase;
    state.failures = 0;
    state.successes = 0;
    state.probe = 0;
    ++state.generation;
}

void open(BreakerState& state, BreakerOptions const& options, seconds wait, MonotonicTime now) {
    if (state.phase != BreakerPhase::open) enter(state, BreakerPhase::open);
    state.wait = std::min(std::max(wait, options.wait), options.wait_max);
    state.retry_at = now + state.wait;
}

void close(BreakerState& state) {
    enter(state, BreakerPhase::closed);
    state.wait = seconds(0);
}

// Does what became of this pass say anything about the phase the breaker is in?
bool counts(BreakerState const& state, BreakerPass pass) {
    if (pass.number == 0 || pass.generation != state.generation) return false;
    switch (state.phase) {
        case BreakerPhase::closed:
            return true;
        case BreakerPhase::open:
            return false;
        case BreakerPhase::half_open:
            return pass.number == state.probe;
    }
    return false;
}

}  // namespace

std::string_view name_of(BreakerPhase phase) {
    switch (phase) {
        case BreakerPhase::closed:
            return "closed";
        case BreakerPhase::open:
            return "open";
        case BreakerPhase::half_open:
            return "half-open";
    }
    return "unknown";
}

std::optional<BreakerPhase> phase_named(std::string_view name) {
    for (auto const phase : {BreakerPhase::closed, BreakerPhase::open, BreakerPhase::half_open}) {
        if (name == name_of(phase)) return phase;
    }
    return std::nullopt;
}

BreakerPass ask(BreakerState& state, BreakerOptions const& options, MonotonicTime now) {
    if (!is_passable(state, options, now)) return {};
    bool const is_probe = options.is_enabled && state.phase != BreakerPhase::closed;
    if (is_probe && state.phase == BreakerPhase::open) enter(state, BreakerPhase::half_open);
    auto const number = ++state.passes;
    if (is_probe) {
        state.probe = number;
        state.probe_ends_at = now + options.probe_time_max;
    }
    return {.number = number, .generation = state.generation, .is_probe = is_probe};
}

bool is_passable(BreakerState const& state, BreakerOptions const& options, MonotonicTime now) {
    if (!options.is_enabled) return true;
    switch (state.phase) {
        case BreakerPhase::closed:
            return true;
        case BreakerPhase::open:
            return now >= state.retry_at;
        case BreakerPhase::half_open:
            return state.probe == 0 || now >= state.probe_ends_at;
    }
    return true;
}

bool succeed(BreakerState& state, BreakerOptions const& options, BreakerPass pass) {
    if (!options.is_enabled || !counts(state, pass)) return false;
    state.failures = 0;
    if (state.phase == BreakerPhase::closed) return false;
    state.probe = 0;
    if (++state.successes < options.successes_to_close) return false;
    close(state);
    return true;
}

bool fail(BreakerState& state, BreakerOptions const& options, BreakerPass pass, MonotonicTime now) {
    if (!options.is_enabled || !counts(state, pass)) return false;
    if (state.phase == BreakerPhase::closed) {
        if (++state.failures < options.failures_to_open) return false;
        open(state, options, options.wait, now);
    } else {
        open(state, options, state.wait * 2, now);
    }
    return true;
}

void give_back(BreakerState& state, BreakerPass pass) {
    if (pass.is_probe && counts(state, pass)) state.probe = 0;
}

void force_open(BreakerState& state, BreakerOptions const& options, MonotonicTime now) {
    if (options.is_enabled) open(state, options, state.wait, now);
}

void force_closed(BreakerState& state) {
    if (state.phase != BreakerPhase::closed) close(state);
    state.failures = 0;
}

}  // namespace filegate::coordination
