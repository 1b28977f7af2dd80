#pragma once
// How values are written in the SQLite catalog's columns.

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"

namespace filegate::catalog {

inline std::int64_t column(WallTime time) {
    return time.time_since_epoch().count();
}

inline std::optional<std::int64_t> column(std::optional<WallTime> time) {
    if (!time) return std::nullopt;
    return column(*time);
}

inline WallTime wall_time(std::int64_t column) {
    return WallTime(milliseconds(column));
}

inline std::optional<WallTime> wall_time(std::optional<std::int64_t> column) {
    if (!column) return std::nullopt;
    return wall_time(*column);
}

inline Error unreadable_row(std::string detail) {
    return {.code = ErrorCode::catalog_corrupt,
            .message = "the catalog holds a record that cannot be read; restore it from a backup",
            .detail = std::move(detail)};
}

inline Result<Sha256Digest> digest(std::string const& column) {
    auto const digest = Sha256Digest::from_hex(column);
    if (!digest) return fail(unreadable_row("a SHA-256 digest reads " + column));
    return *digest;
}

// `words` holds an enumeration's words in the order of its enumerators.
template <class Enum, std::size_t count>
std::string_view word(std::array<std::string_view, count> const& words, Enum value) {
    return words[static_cast<std::size_t>(value)];
}

template <class Enum, std::size_t count>
Result<Enum> enumerator(std::array<std::string_view, count> const& words, std::string_view word) {
    auto const found = std::ranges::find(words, word);
    if (found == words.end()) return fail(unreadable_row("a status reads " + std::string(word)));
    return static_cast<Enum>(found - words.begin());
}

}  // namespace filegate::catalog
