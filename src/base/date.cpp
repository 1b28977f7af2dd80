#include "base/date.hpp"

#include <fmt/format.h>

namespace filegate {
namespace {

// Exactly these digits; -1: not so.
int digits(std::string_view text, std::size_t begin, std::size_t count) {
    int value = 0;
    for (auto const c : text.substr(begin, count)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00Z";
    auto const is_day = text.size() == 10;
    if (!is_day && text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (form[i] != '0' && text[i] != form[i]) return std::nullopt;
    }
    auto const field = [&](std::size_t begin, std::size_t count) {
        return digits(text, begin, count);
    };
    std::chrono::year_month_day const day(std::chrono::year(field(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(field(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(field(8, 2))));
    auto const hour = is_day ? 0 : field(11, 2);
    auto const minute = is_day ? 0 : field(14, 2);
    auto const second = is_day ? 0 : field(17, 2);
    auto const is_in = [](int value, int end) { return value >= 0 && value < end; };
    if (field(0, 4) < 1970 || !day.ok() || !is_in(hour, 24) || !is_in(minute, 60) ||
        !is_in(second, 60)) {
        return std::nullopt;
    }
    return WallTime(std::chrono::sys_days(day)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + seconds(second);
}

std::string date_text(WallTime time) {
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(std::chrono::floor<seconds>(time - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace filegate
