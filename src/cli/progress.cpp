#include "cli/progress.hpp"

#include <fmt/format.h>

#include "cli/text_width.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t bar_columns_max = 30;
constexpr std::size_t bar_columns_min = 8;
constexpr std::size_t name_columns_min = 8;
constexpr std::size_t name_columns_max = 40;
constexpr milliseconds draw_interval{100};

std::string bar(double done, std::size_t columns) {
    auto const inside = columns - 2;
    auto const filled = static_cast<std::size_t>(done * static_cast<double>(inside));
    std::string out = "[" + std::string(filled, '=');
    if (filled < inside) out += '>' + std::string(inside - filled - 1, ' ');
    return out + "]";
}

std::string rate(Progress const& progress) {
    if (progress.sent >= progress.total) return "waiting for the server";
    if (progress.elapsed < milliseconds(1)) return "";
    auto const bytes_per_ms =
        static_cast<double>(progress.sent) / static_cast<double>(progress.elapsed.count());
    return fmt::format("{:.1f} MB/s", bytes_per_ms / 1000);
}

}  // namespace

std::string human_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    // 1023.95 would be shown as 1024.0.
    while (value >= 1023.95 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string progress_line(Progress const& progress, std::size_t columns) {
    auto const total = std::max<std::uint64_t>(1, progress.total);
    auto const done =
        std::min(1.0, static_cast<double>(progress.sent) / static_cast<double>(total));
    auto const is_all = progress.sent >= progress.total;
    auto const percent = is_all ? 100 : std::min(99, static_cast<int>(done * 100));
    auto const name = observe::printable(progress.name);
    auto const name_columns = std::clamp(text_width(name), name_columns_min, name_columns_max);
    auto const numbers = fmt::format("  {:3}%  {}/{}  {}", percent, human_size(progress.sent),
                                     human_size(progress.total), rate(progress));
    auto const room = columns > 0 ? columns - 1 : 0;
    // The bar goes first when there is little room, then the numbers, then the name is cut.
    auto const fixed = name_columns + 2 + numbers.size();
    if (room >= fixed + bar_columns_min) {
        auto const bar_columns = std::min(bar_columns_max, room - fixed);
        return fmt::format("{}  {}{}", fit(name, name_columns), bar(done, bar_columns), numbers);
    }
    auto const short_numbers = fmt::format("  {:3}%", percent);
    if (room >= name_columns + numbers.size()) return fit(name, name_columns) + numbers;
    if (room <= short_numbers.size()) return fit(name, room);
    return fit(name, std::min(name_columns, room - short_numbers.size())) + short_numbers;
}

ProgressBar::ProgressBar(Console const& console, Clock const& clock, std::string name,
                         std::uint64_t total)
    : console_(console),
      clock_(clock),
      name_(std::move(name)),
      total_(total),
      started_(clock.monotonic_now()),
      drawn_(started_) {}

ProgressBar::~ProgressBar() {
    if (is_drawn_) console_.err("\r\x1b[K");
}

void ProgressBar::show(std::uint64_t sent) {
    if (!console_.progress_columns) return;
    auto const now = clock_.monotonic_now();
    if (now - drawn_ < draw_interval && sent < total_) return;
    drawn_ = now;
    is_drawn_ = true;
    Progress const progress{.name = name_,
                            .sent = sent,
                            .total = total_,
                            .elapsed = std::chrono::duration_cast<milliseconds>(now - started_)};
    console_.err("\r\x1b[K" + progress_line(progress, *console_.progress_columns));
}

}  // namespace filegate::cli
