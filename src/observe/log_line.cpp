// text   2026-01-02T03:04:05.678Z INFO upload.kept file=file-01h bytes=123 name="a b"
//        A value that is empty or has a space, a quote, a backslash, '=' or anything escaped is
//        quoted.
// json   {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"upload.kept","bytes":123}

#include "observe/log_line.hpp"

#include <cmath>

#include <fmt/format.h>

#include "observe/escape.hpp"

namespace filegate::observe {
namespace {

std::string timestamp(WallTime time) {
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

struct LevelNames {
    std::string_view text;
    std::string_view json;
};

LevelNames names_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return {"DEBUG", "debug"};
        case LogLevel::info:
            return {"INFO", "info"};
        case LogLevel::warning:
            return {"WARNING", "warning"};
        case LogLevel::error:
            return {"ERROR", "error"};
        case LogLevel::off:
            break;
    }
    return {"OFF", "off"};
}

std::string bounded(std::string const& value) {
    if (value.size() <= log_value_bytes_max) return value;
    auto const is_continuation = [&](std::size_t at) {
        return (static_cast<unsigned char>(value[at]) & 0xc0) == 0x80;
    };
    auto cut = log_value_bytes_max;
    while (cut + 4 > log_value_bytes_max && is_continuation(cut))
        --cut;
    return fmt::format("{}...(+{} bytes)", value.substr(0, cut), value.size() - cut);
}

std::string text_value(std::string const& value) {
    auto shown = bounded(value);
    auto const is_plain = !shown.empty() && printable(shown) == shown &&
                          shown.find_first_of(" \"\\=") == std::string::npos;
    return is_plain ? shown : text_quoted(shown);
}

// Numbers and flags look the same in both formats; JSON has no NaN and no infinity.
struct PlainValue {
    bool is_json;
    std::string operator()(std::string const& value) const {
        return is_json ? json_quoted(bounded(value)) : text_value(value);
    }
    std::string operator()(std::int64_t value) const { return fmt::to_string(value); }
    std::string operator()(double value) const {
        return is_json && !std::isfinite(value) ? "null" : fmt::format("{}", value);
    }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
};

}  // namespace

std::string log_line(LogFormat format, WallTime time, LogLevel level, std::string_view event,
                     std::span<LogField const> fields) {
    if (format == LogFormat::text) {
        auto line = fmt::format("{} {} {}", timestamp(time), names_of(level).text, event);
        for (auto const& [name, value] : fields)
            line += fmt::format(" {}={}", name, std::visit(PlainValue{.is_json = false}, value));
        return line;
    }
    auto line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", timestamp(time),
                            names_of(level).json, json_quoted(event));
    for (auto const& [name, value] : fields) {
        line += fmt::format(",{}:{}", json_quoted(name),
                            std::visit(PlainValue{.is_json = true}, value));
    }
    return line + "}";
}

}  // namespace filegate::observe
