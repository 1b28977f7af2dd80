#include "cli/text_table.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/date.hpp"
#include "cli/text_width.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {

std::string text_table(std::vector<std::vector<std::string>> rows) {
    std::vector<std::size_t> widths;
    for (auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = observe::printable(row[i]);
            widths[i] = std::max(widths[i], text_width(row[i]));
        }
    }
    std::string out;
    for (auto const& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out += fit(row[i], widths[i]) + "  ";
        out += row.back() + "\n";
    }
    return out;
}

std::string time_text(std::int64_t unix_s) {
    if (unix_s < 0 || unix_s > unix_seconds_max) return "-";
    std::chrono::sys_seconds const time{seconds(unix_s)};
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const calendar(day);
    std::chrono::hh_mm_ss const clock(time - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(calendar.year()),
                       static_cast<unsigned>(calendar.month()),
                       static_cast<unsigned>(calendar.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

}  // namespace filegate::cli
