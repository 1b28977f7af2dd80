#include "config/units.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace filegate::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array sizes{
    Unit{"B", 1},
    Unit{"kB", 1'000},
    Unit{"KB", 1'000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
    Unit{"KiB", 1ULL << 10},
    Unit{"MiB", 1ULL << 20},
    Unit{"GiB", 1ULL << 30},
    Unit{"TiB", 1ULL << 40},
};

constexpr std::array durations{
    Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000},
};

// Doubles are exact up to here, so that a product beyond it is refused rather than rounded.
constexpr double exact_max = 9'007'199'254'740'992.0;

std::optional<std::uint64_t> parse(std::string_view text, std::span<Unit const> units,
                                   std::string_view bare_unit) {
    auto const digits = std::min(text.find_first_not_of("0123456789."), text.size());
    auto const number = text.substr(0, digits);
    auto const unit_name = digits == text.size() ? bare_unit : text.substr(digits);
    auto const unit = std::ranges::find(units, unit_name, &Unit::name);
    // from_chars takes ".5" and "5." too; people who write those meant something else.
    if (unit == units.end() || number.empty() || number.front() == '.' || number.back() == '.') {
        return std::nullopt;
    }
    double value = 0;
    auto const [end, problem] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    if (problem != std::errc() || end != number.data() + number.size()) return std::nullopt;
    auto const product = value * static_cast<double>(unit->factor);
    if (product > exact_max || product != std::floor(product)) return std::nullopt;
    return static_cast<std::uint64_t>(product);
}

std::string show(std::uint64_t value, std::span<Unit const> units, std::string_view smallest) {
    Unit best{smallest, 1};
    for (auto const& unit : units) {
        if (value != 0 && value % unit.factor == 0 && unit.factor > best.factor) best = unit;
    }
    return fmt::format("{}{}", value / best.factor, best.name);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, sizes, "B");
}

std::optional<milliseconds> parse_duration(std::string_view text) {
    auto const count = parse(text, durations, "");
    if (!count) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(*count));
}

std::string show_size(std::uint64_t bytes) {
    constexpr auto first_binary = 6;
    return show(bytes, std::span(sizes).subspan(first_binary), "B");
}

std::string show_duration(milliseconds duration) {
    if (duration.count() == 0) return "0s";
    return show(static_cast<std::uint64_t>(duration.count()), durations, "ms");
}

}  // namespace filegate::config
