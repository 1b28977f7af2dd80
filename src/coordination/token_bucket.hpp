#pragma once
// One token bucket, as pure arithmetic. No clock, no lock. Its whole state is one moment: when it
// will be full again (never set, or in the past: it is full now), so that a bucket nobody has asked
// for and one that has filled up are the same, and may be forgotten.

#include "base/clock.hpp"

namespace filegate::coordination {

using std::chrono::nanoseconds;

// `units` come back in every `per`; at most `burst` are there at once.
struct Rate {
    std::uint64_t units = 0;  // 0: no limit
    nanoseconds per = seconds(1);
    std::uint64_t burst = 1;
};

struct Draught {
    nanoseconds wait{0};  // 0: there was enough; else how long until there will be
    MonotonicTime
        full_at{};  // the bucket's state from here on; unchanged when there was too little
};

// All or nothing. More than a whole burst is there when the bucket is full.
Draught take(Rate const& rate, MonotonicTime full_at, MonotonicTime now, std::uint64_t units);

// Takes what was used already: the bucket may go below empty, and then fills up from there.
MonotonicTime charge(Rate const& rate, MonotonicTime full_at, MonotonicTime now,
                     std::uint64_t units);

}  // namespace filegate::coordination
