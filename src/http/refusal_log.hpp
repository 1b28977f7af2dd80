#pragma once
// Refusals in the log: so many lines a minute, because strangers decide how often they are refused;
// what is beyond is counted, and told by the next line.

#include <mutex>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "observe/log.hpp"

namespace filegate::http {

// Any thread.
class RefusalLog {
public:
    static constexpr std::uint64_t lines_a_minute = 600;  // of each: callers' faults, ours

    RefusalLog(observe::Log& log, Clock const& clock) : log_(log), clock_(clock) {}

    void write(Error const& error, RequestId const& id);

private:
    struct Budget {
        MonotonicTime minute_ends;
        std::uint64_t lines = 0;
        std::uint64_t left_out = 0;
    };
    // None: no line is left. Else how many were left out before.
    std::optional<std::uint64_t> take(Budget& budget);

    observe::Log& log_;
    Clock const& clock_;
    std::mutex mutex_;
    Budget callers_;
    Budget ours_;
};

}  // namespace filegate::http
