// Searching for one rare byte of the delimiter (memchr) or for its beginning (memmem) collapses on
// a body made of that byte. Here a place counts as a candidate only when the first and the last
// byte fit, 32 places at a time, and then its first four bytes must fit before the rest is
// compared.
//
// The time stays linear whatever the body: the delimiter's first byte does not occur in it again,
// so the stretches two candidates compare successfully cannot overlap.

#include "net/delimiter_search.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace filegate::net {

namespace {

using Search = std::size_t (*)(std::string_view, std::string_view);

#if defined(__x86_64__)

constexpr std::size_t step_bytes = 32;

std::uint32_t first_four(char const* at) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("avx2"))) std::size_t find_with_avx2(std::string_view bytes,
                                                           std::string_view delimiter) {
    auto const last = delimiter.size() - 1;
    auto const head = first_four(delimiter.data());
    auto const first_byte = _mm256_set1_epi8(delimiter.front());
    auto const last_byte = _mm256_set1_epi8(delimiter.back());
    std::size_t at = 0;
    for (; at + last + step_bytes <= bytes.size(); at += step_bytes) {
        auto const* const begin = bytes.data() + at;
        auto const firsts = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(begin));
        auto const lasts = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(begin + last));
        auto const fits = _mm256_and_si256(_mm256_cmpeq_epi8(firsts, first_byte),
                                           _mm256_cmpeq_epi8(lasts, last_byte));
        auto candidates = static_cast<std::uint32_t>(_mm256_movemask_epi8(fits));
        for (; candidates != 0; candidates &= candidates - 1) {
            auto const* const candidate = begin + std::countr_zero(candidates);
            if (first_four(candidate) == head &&
                std::memcmp(candidate, delimiter.data(), delimiter.size()) == 0) {
                return static_cast<std::size_t>(candidate - bytes.data());
            }
        }
    }
    auto const rest = find_delimiter_portable(bytes.substr(at), delimiter);
    return rest == bytes.npos ? rest : at + rest;
}

Search const best_search =
    __builtin_cpu_supports("avx2") ? find_with_avx2 : find_delimiter_portable;

#else

Search const best_search = find_delimiter_portable;

#endif

}  // namespace

std::size_t find_delimiter(std::string_view bytes, std::string_view delimiter) {
    return best_search(bytes, delimiter);
}

// Horspool's search: look at the byte under the delimiter's end, and move the delimiter forward
// until it fits that byte.
std::size_t find_delimiter_portable(std::string_view bytes, std::string_view delimiter) {
    if (bytes.size() < delimiter.size()) return bytes.npos;
    auto const last = delimiter.size() - 1;
    std::array<std::size_t, 256> moves;
    moves.fill(delimiter.size());
    for (std::size_t i = 0; i < last; ++i)
        moves[static_cast<unsigned char>(delimiter[i])] = last - i;
    for (std::size_t at = 0; at + last < bytes.size();) {
        auto const under_end = bytes[at + last];
        if (under_end == delimiter.back() && bytes[at] == delimiter.front() &&
            std::memcmp(bytes.data() + at, delimiter.data(), last) == 0) {
            return at;
        }
        at += moves[static_cast<unsigned char>(under_end)];
    }
    return bytes.npos;
}

}  // namespace filegate::net
