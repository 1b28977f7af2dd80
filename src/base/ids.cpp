#include "base/ids.hpp"

#include <algorithm>

namespace filegate {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t ulid_characters = 26;
constexpr std::string_view file_prefix = "file-";

// The next larger value, so that ids of one millisecond keep their order. Wraps after 2^80.
void increment(std::array<std::uint8_t, 10>& bytes) {
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        if (++*byte != 0) return;
    }
}

std::string ulid(std::int64_t milliseconds, std::array<std::uint8_t, 10> const& random) {
    std::array<std::uint8_t, 16> bytes{};
    for (int i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    std::ranges::copy(random, bytes.begin() + 6);
    std::string text;
    // 128 bits in 26 characters of 5 bits: the first character carries only the top 3.
    for (std::size_t i = 0; i < ulid_characters; ++i) {
        unsigned value = 0;
        for (std::size_t bit = 0; bit < 5; ++bit) {
            auto const position = i * 5 + bit;
            unsigned const set =
                position < 2 ? 0U : (bytes[(position - 2) / 8] >> (7 - (position - 2) % 8)) & 1U;
            value = value << 1 | set;
        }
        text += alphabet[value];
    }
    return text;
}

}  // namespace

std::string IdSource::next(std::string_view prefix) {
    std::scoped_lock const lock(mutex_);
    auto const now_ms = clock_.wall_now().time_since_epoch().count();
    if (now_ms > last_ms_) {
        last_ms_ = now_ms;
        random_.fill(std::as_writable_bytes(std::span(last_random_)));
    } else {
        increment(last_random_);
    }
    return std::string(prefix) + ulid(last_ms_, last_random_);
}

bool is_file_id(std::string_view text) {
    if (!text.starts_with(file_prefix)) return false;
    text.remove_prefix(file_prefix.size());
    return text.size() == ulid_characters &&
           std::ranges::all_of(text, [](char c) { return alphabet.contains(c); });
}

}  // namespace filegate
