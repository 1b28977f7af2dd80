#pragma once
// One circuit breaker, as a pure state machine (SPEC section 5). No clock, no lock, no I/O.
//
//   closed    --5 failures in a row-->  open     --wait over, one asks-->  half_open (one probe)
//   half_open --2 probes succeed---->   closed   --a probe fails-------->  open, wait doubled
//
// A pass carries the generation it was given in; what is told with a pass of an earlier generation
// changes nothing, so late answers neither open nor close. A probe whose end is not told by its
// deadline loses its slot to the next one that asks: a hung probe never blocks it, and has no say
// any more once it was replaced.

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace filegate::coordination {

struct BreakerOptions {
    bool is_enabled = true;  // false: always closed, nothing is counted
    int failures_to_open = 5;
    int successes_to_close = 2;
    seconds wait{60};
    seconds wait_max{300};
    seconds probe_time_max{630};  // longer than any single try at a provider
};

enum class BreakerPhase : std::uint8_t { closed, open, half_open };

std::string_view name_of(BreakerPhase phase);                    // "closed", "open", "half-open"
std::optional<BreakerPhase> phase_named(std::string_view name);  // none: not one of those

struct BreakerState {
    BreakerPhase phase = BreakerPhase::closed;
    int failures = 0;               // in a row; while closed
    int successes = 0;              // of probes; while half open
    seconds wait{0};                // of the latest opening; 0 when it was closed since
    MonotonicTime retry_at{};       // when open: earliest time for a probe
    std::uint64_t probe = 0;        // half open: the pass of the probe under way; 0: none
    MonotonicTime probe_ends_at{};  // when that probe loses its slot
    std::uint64_t generation = 1;   // counts changes of phase
    std::uint64_t passes = 0;       // given so far; numbers them

    friend bool operator==(BreakerState const&, BreakerState const&) = default;
};

struct BreakerPass {
    std::uint64_t number = 0;  // 0: not let through
    std::uint64_t generation = 0;
    bool is_probe = false;
};

// May a request go out now? Moves an open breaker whose wait is over to half open.
BreakerPass ask(BreakerState& state, BreakerOptions const& options, MonotonicTime now);

// Would ask() let a request through now? Changes nothing.
bool is_passable(BreakerState const& state, BreakerOptions const& options, MonotonicTime now);

// How a request that was let through ended. Each pass once; answers whether the phase changed.
bool succeed(BreakerState& state, BreakerOptions const& options, BreakerPass pass);
bool fail(BreakerState& state, BreakerOptions const& options, BreakerPass pass, MonotonicTime now);
// It ended without a verdict (cancelled, or a failure that is not the provider's): frees the slot.
void give_back(BreakerState& state, BreakerPass pass);

// For one wait, the latest one if it is open already; switched off it stays as it is. / All counts
// forgotten.
void force_open(BreakerState& state, BreakerOptions const& options, MonotonicTime now);
void force_closed(BreakerState& state);

}  // namespace filegate::coordination
