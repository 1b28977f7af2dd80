#pragma once
// Whether the other side of a connection moves its bytes fast enough. Only the time that was spent
// waiting for it counts, so that nobody is blamed for what we took to read or to make the bytes.
// Pure.

#include "base/clock.hpp"

namespace filegate::net {

struct PaceLimits {
    seconds idle_max{30};                    // without a single byte; and the grace before the rate
    std::uint64_t bytes_per_second_min = 0;  // on average, once `idle_max` has been waited in all
};

class Pace {
public:
    explicit Pace(PaceLimits limits) : limits_(limits) {}

    seconds idle_max() const { return limits_.idle_max; }
    std::uint64_t bytes_per_second_min() const { return limits_.bytes_per_second_min; }
    void moved(std::size_t bytes) { moved_bytes_ += bytes; }
    void waited(MonotonicTime since, MonotonicTime until) { waited_ += until - since; }
    bool is_too_slow() const;

private:
    PaceLimits limits_;
    std::uint64_t moved_bytes_ = 0;
    MonotonicTime::duration waited_{};
};

}  // namespace filegate::net
