#pragma once
// Structured logs on stderr: one line per event, as text for people or JSON for machines. An event
// has a short fixed name and fields; never a secret, never a file's bytes.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace filegate::observe {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
enum class LogFormat : std::uint8_t { text, json };

struct LogOptions {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
    std::size_t queue_lines_max = 8192;  // beyond that the oldest lines are dropped, and counted
};

struct LogField {
    std::string_view name;
    std::variant<std::string, std::int64_t, double, bool> value;
};

class Log {
public:
    virtual ~Log() = default;
    // Any thread; does not throw. Control characters in values are escaped.
    virtual void write(LogLevel level, std::string_view event,
                       std::initializer_list<LogField> fields) = 0;
};

// spdlog behind a small queue: a slow terminal does not stop the network threads. When lines had to
// be dropped, a line `log.dropped lines=N` says so. The destructor writes out what is queued.
std::unique_ptr<Log> make_log(LogOptions options);

// Gets whole lines, newline included, one at a time on the log's own thread.
using LogOutput = std::function<void(std::string_view line)>;
std::unique_ptr<Log> make_log(LogOptions options, LogOutput output);

// Keeps nothing; for tests and tools.
Log& silent_log();

}  // namespace filegate::observe
