#pragma once
// For tests: everything that was logged.

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "observe/log.hpp"

namespace filegate::observe {

// Any thread.
class KeptLog final : public Log {
public:
    void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
        auto line = std::string(event);
        for (auto const& [name, value] : fields) {
            line += " " + std::string(name) + "=";
            if (auto const* const text = std::get_if<std::string>(&value)) line += *text;
            if (auto const* const number = std::get_if<std::int64_t>(&value)) {
                line += std::to_string(*number);
            }
        }
        std::scoped_lock const lock(mutex_);
        events_.emplace_back(event);
        lines_.push_back(std::move(line));
    }

    // "tls.ends_soon hours_left=3", texts and whole numbers only.
    std::vector<std::string> lines() const {
        std::scoped_lock const lock(mutex_);
        return lines_;
    }
    std::vector<std::string> events() const {
        std::scoped_lock const lock(mutex_);
        return events_;
    }
    std::size_t count(std::string_view start) const {
        std::scoped_lock const lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count_if(
            lines_, [&](std::string const& line) { return line.starts_with(start); }));
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> events_;
    std::vector<std::string> lines_;
};

}  // namespace filegate::observe
