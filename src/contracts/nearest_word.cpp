#include "contracts/nearest_word.hpp"

namespace filegate::contracts {
namespace {

// How many single-letter changes lie between two words (Levenshtein), one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row[b.size()];
}

std::size_t shared_prefix(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// What makes one valid word better than another; less is better, first things first.
using Rank = std::tuple<bool, std::size_t, std::size_t>;

bool is_near(std::size_t distance, std::string_view word) {
    return distance * 3 <= word.size();
}

// Exact only when it is better than `best`: most words need no distance to be worse.
Rank rank(std::string_view word, std::string_view one, Rank const& best) {
    constexpr std::size_t far_off = 1'000'000;
    if (one.starts_with(word)) return {false, one.size(), 0};
    auto const distance_min = std::max(word.size(), one.size()) - std::min(word.size(), one.size());
    Rank const by_prefix{true, far_off - shared_prefix(word, one), distance_min};
    if (!is_near(distance_min, word) && by_prefix >= best) return by_prefix;
    auto const distance = edit_distance(word, one);
    if (is_near(distance, word)) return {true, distance, 0};
    return {true, std::get<1>(by_prefix), distance};
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<std::string_view const> valid) {
    word = word.substr(0, 64);
    std::string_view best;
    Rank best_rank{true, std::numeric_limits<std::size_t>::max(), 0};
    for (auto const one : valid) {
        if (auto const one_rank = rank(word, one, best_rank); one_rank < best_rank) {
            best = one;
            best_rank = one_rank;
        }
    }
    return best;
}

}  // namespace filegate::contracts
