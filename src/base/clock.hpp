#pragma once
// Time, passed in. Only SystemClock reads the machine's clocks; SimLoop is its simulated twin.

#include <chrono>

namespace filegate {

using std::chrono::milliseconds;
using std::chrono::seconds;

using WallTime = std::chrono::sys_time<milliseconds>;  // what records carry; may jump
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall_now() const = 0;
    virtual MonotonicTime monotonic_now() const = 0;  // never goes back; for deadlines
};

class SystemClock final : public Clock {
public:
    WallTime wall_now() const override;
    MonotonicTime monotonic_now() const override;
};

// Whole seconds since the epoch, as every wire format here wants them.
inline std::int64_t unix_seconds(WallTime time) {
    return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

}  // namespace filegate
