#include "coordination/token_bucket.hpp"

#include <algorithm>

namespace filegate::coordination {
namespace {

// Far longer than anybody waits, far from where times overflow.
constexpr nanoseconds refill_max = std::chrono::hours(24 * 365);

// How long so many units take to come back.
nanoseconds refill_time(Rate const& rate, std::uint64_t units) {
    auto const time = static_cast<double>(units) / static_cast<double>(rate.units) *
                      static_cast<double>(rate.per.count());
    if (time >= static_cast<double>(refill_max.count())) return refill_max;
    return nanoseconds(static_cast<std::int64_t>(time));
}

}  // namespace

Draught take(Rate const& rate, MonotonicTime full_at, MonotonicTime now, std::uint64_t units) {
    if (rate.units == 0) return {.full_at = full_at};
    auto const begin = std::max(full_at, now);
    auto const end = begin + refill_time(rate, std::min(units, rate.burst));
    auto const latest = now + refill_time(rate, rate.burst);
    if (end > latest) return {.wait = end - latest, .full_at = full_at};
    return {.full_at = begin + refill_time(rate, units)};
}

MonotonicTime charge(Rate const& rate, MonotonicTime full_at, MonotonicTime now,
                     std::uint64_t units) {
    if (rate.units == 0) return full_at;
    return std::min(std::max(full_at, now) + refill_time(rate, units), now + refill_max);
}

}  // namespace filegate::coordination
