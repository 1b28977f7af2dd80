#include "delivery/copy_match.hpp"

namespace filegate::delivery {
namespace {

constexpr seconds clock_difference_max{5};

// "report (1).pdf" as a numbered form of "report.pdf".
bool is_numbered(std::string_view plain, std::string_view numbered) {
    auto const dot = plain.rfind('.');
    auto const stem = plain.substr(0, dot);
    auto const ending = dot == std::string_view::npos ? std::string_view() : plain.substr(dot);
    if (!numbered.starts_with(stem) || !numbered.ends_with(ending)) return false;
    if (numbered.size() < stem.size() + ending.size() + 4) return false;
    auto const number = numbered.substr(stem.size(), numbered.size() - stem.size() - ending.size());
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return number.starts_with(" (") && number.ends_with(')') &&
           std::ranges::all_of(number.substr(2, number.size() - 3), is_digit);
}

// Providers tell whole seconds, by clocks of their own.
bool is_within_window(WallTime created_at, WallTime started_at) {
    auto const begin = std::chrono::floor<seconds>(started_at) - clock_difference_max;
    return created_at >= begin && created_at <= started_at + copy_window;
}

}  // namespace

bool names_may_be_equal(std::string_view a, std::string_view b) {
    return a == b || is_numbered(a, b) || is_numbered(b, a);
}

bool may_be_copy_of(OpenIntent const& intent, WirePurpose const& purpose, ProviderFile const& file,
                    ProviderList const& list) {
    if (file.bytes != intent.bytes || !file.created_at) return false;
    if (!file.purpose.empty() && file.purpose != purpose.text()) return false;
    if (file.filename != intent.filename && !is_numbered(intent.filename, file.filename)) {
        return false;
    }
    auto const ahead = list.provider_now ? *list.provider_now - list.read_at : milliseconds(0);
    auto const is_ahead = std::chrono::abs(ahead) > clock_difference_max;
    return is_within_window(*file.created_at - (is_ahead ? ahead : milliseconds(0)),
                            intent.started_at);
}

}  // namespace filegate::delivery
