#include "base/random.hpp"

#include <algorithm>
#include <cstring>

#include <openssl/rand.h>

#include "base/check.hpp"

namespace filegate {

std::uint64_t Random::next() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

double Random::uniform() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) {
    FG_CHECK(bound > 0, "below() needs a positive bound");
    return next() % bound;
}

void SystemRandom::fill(std::span<std::byte> bytes) {
    auto const filled =
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    FG_CHECK(filled == 1, "the operating system's random generator answers");
}

void SeededRandom::fill(std::span<std::byte> bytes) {
    std::scoped_lock const lock(mutex_);
    while (!bytes.empty()) {
        auto z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        z ^= z >> 31;
        auto const taken = std::min(bytes.size(), sizeof z);
        std::memcpy(bytes.data(), &z, taken);
        bytes = bytes.subspan(taken);
    }
}

}  // namespace filegate
