#pragma once
// One event as one line, without its newline. Pure. The formats stand atop log_line.cpp.

#include <span>

#include "base/clock.hpp"
#include "observe/log.hpp"

namespace filegate::observe {

// A longer value is cut, and says so.
inline constexpr std::size_t log_value_bytes_max = 4096;

std::string log_line(LogFormat format, WallTime time, LogLevel level, std::string_view event,
                     std::span<LogField const> fields);

}  // namespace filegate::observe
