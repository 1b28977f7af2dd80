#pragma once
// Dates as ISO 8601 writes them, in UTC.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filegate {

// The end of the year 9999, the last that four digits can write; what is later is no date here.
inline constexpr std::int64_t unix_seconds_max = 253'402'300'799;

std::string date_text(WallTime time);                       // 2026-12-05T18:00:00Z
std::optional<WallTime> parse_date(std::string_view text);  // that, or the day alone: its beginning

}  // namespace filegate
