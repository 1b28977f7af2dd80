// Range header, RFC 9110 section 14.1.2 and 14.2:
//
//   Range         = "bytes" "=" range-spec         (the unit in any case; one range only)
//   range-spec    = first-pos "-" [ last-pos ]     satisfiable when first-pos < size
//                 | "-" suffix-length              satisfiable when suffix-length > 0
//
// A server may ignore any Range header; it must ignore one it cannot parse. Numbers are unbounded
// in the grammar, so one too large for 64 bits counts as the largest.

#include "net/range.hpp"

#include <limits>

#include <fmt/format.h>

namespace filegate::net {

namespace {

std::string_view trim(std::string_view text) {
    auto const begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_bytes_unit(std::string_view unit) {
    constexpr std::string_view name = "bytes";
    return std::ranges::equal(
        unit, name, {}, [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return std::nullopt;
    std::uint64_t number = 0;
    for (auto const c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        auto const is_too_large = number > (largest - digit) / 10;
        number = is_too_large ? largest : number * 10 + digit;
    }
    return number;
}

std::unexpected<Error> not_satisfiable(std::string_view wanted, std::uint64_t size_bytes) {
    return fail(ErrorCode::range_not_satisfiable,
                fmt::format("the range {} does not meet the file, which has {} bytes; ask for a "
                            "range that begins below that",
                            wanted, size_bytes));
}

Result<std::optional<ByteRange>> suffix_range(std::string_view spec, std::uint64_t size_bytes) {
    auto const wanted = parse_number(spec.substr(1));
    if (!wanted) return std::nullopt;
    if (*wanted == 0) return not_satisfiable("of the last 0 bytes", size_bytes);
    // The last bytes of an empty file are satisfiable, but Content-Range cannot say so: send the
    // whole, which is the same.
    if (size_bytes == 0) return std::nullopt;
    auto const bytes = std::min(*wanted, size_bytes);
    return ByteRange{.first = size_bytes - bytes, .bytes = bytes};
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size_bytes) {
    auto const equals = header.find('=');
    if (equals == header.npos || !is_bytes_unit(trim(header.substr(0, equals)))) {
        return std::nullopt;
    }
    auto const spec = trim(header.substr(equals + 1));
    auto const dash = spec.find('-');
    if (dash == spec.npos) return std::nullopt;
    if (dash == 0) return suffix_range(spec, size_bytes);

    auto const first = parse_number(spec.substr(0, dash));
    auto const last_text = spec.substr(dash + 1);
    auto const last =
        last_text.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_number(last_text);
    if (!first || !last || *last < *first) return std::nullopt;
    if (*first >= size_bytes)
        return not_satisfiable(fmt::format("from byte {}", *first), size_bytes);
    return ByteRange{.first = *first, .bytes = std::min(*last, size_bytes - 1) - *first + 1};
}

}  // namespace filegate::net
