#include "cli/file_table.hpp"

#include <chrono>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/progress.hpp"
#include "cli/text_width.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t columns_count = 7;
using Row = std::array<std::string, columns_count>;

std::string date(std::int64_t unix_s) {
    // Outside what a calendar of four digits can say, nothing is said.
    if (unix_s < 0 || unix_s > 253'402'300'799) return "-";
    std::chrono::sys_seconds const time{seconds(unix_s)};
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const calendar(day);
    std::chrono::hh_mm_ss const clock(time - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(calendar.year()),
                       static_cast<unsigned>(calendar.month()),
                       static_cast<unsigned>(calendar.day()), clock.hours().count(),
                       clock.minutes().count());
}

std::string providers(FileObject const& file) {
    std::set<std::string> names;
    for (auto const& placement : file.placements)
        names.insert(placement.provider);
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ","));
}

Row row_of(FileObject const& file) {
    Row row{file.id,     human_size(file.bytes), date(file.created_at), file.purpose,
            file.status, providers(file),        file.filename};
    for (auto& cell : row)
        cell = observe::printable(cell);
    return row;
}

}  // namespace

std::string file_table(std::span<FileObject const> files) {
    if (files.empty()) return "";
    std::vector<Row> rows{
        {"ID", "SIZE", "CREATED (UTC)", "PURPOSE", "STATUS", "PLACED AT", "NAME"}};
    for (auto const& file : files)
        rows.push_back(row_of(file));
    std::array<std::size_t, columns_count> widths{};
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], text_width(row[i]));
    }
    std::string out;
    for (auto const& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out += fit(row[i], widths[i]) + "  ";
        out += row.back() + "\n";
    }
    return out;
}

}  // namespace filegate::cli
