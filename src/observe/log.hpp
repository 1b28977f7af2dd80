#pragma once
// Structured logs on stderr: one line per event, as text for people or JSON for machines. An event
// has a short fixed name and fields; never a secret, never a file's bytes.

#include <cstdint>
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

// spdlog behind a small queue: a slow terminal does not stop the network threads.
std::unique_ptr<Log> make_log(LogOptions options);

// Keeps nothing; for tests and tools.
Log& silent_log();

}  // namespace filegate::observe
