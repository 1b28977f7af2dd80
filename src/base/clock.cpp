#include "base/clock.hpp"

namespace filegate {

WallTime SystemClock::wall_now() const {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic_now() const {
    return std::chrono::steady_clock::now();
}

}  // namespace filegate
