#pragma once
// Chance, passed in. SystemRandom for production, SeededRandom for the sandbox and the tests.

#include <cstdint>
#include <mutex>
#include <span>

namespace filegate {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;  // any thread

    std::uint64_t next();
    double uniform();                          // in [0, 1)
    std::uint64_t below(std::uint64_t bound);  // in [0, bound); bound > 0
};

// The operating system's generator.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> bytes) override;
};

// SplitMix64: the same seed gives the same sequence on every machine. Not for secrets.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::byte> bytes) override;

private:
    std::mutex mutex_;
    std::uint64_t state_;
};

}  // namespace filegate
