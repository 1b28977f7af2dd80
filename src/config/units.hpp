#pragma once
// Sizes and durations as people write them: 512MiB, 1.5GB, 30s, 250ms, 7d. A number and a unit,
// nothing between.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filegate::config {

std::optional<std::uint64_t> parse_size(std::string_view text);  // a bare number is bytes
std::optional<milliseconds> parse_duration(std::string_view text);

// In the largest unit that is exact: 512MiB, 1000 -> 1000B; 90s, 2m, 1d.
std::string show_size(std::uint64_t bytes);
std::string show_duration(milliseconds duration);

}  // namespace filegate::config
