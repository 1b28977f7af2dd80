#pragma once
// Rate limits of one process: a table of fixed size, so that a flood of addresses costs no memory.

#include <array>
#include <mutex>
#include <vector>

#include "base/random.hpp"
#include "coordination/rate_limits.hpp"

namespace filegate::coordination {

class MemoryRateLimits final : public RateLimits {
public:
    // Rounded up to whole rows. 16 bytes each.
    static constexpr std::size_t slots_default = 65'536;

    MemoryRateLimits(Clock const& clock, Random& random, std::size_t slots = slots_default);

    Task<nanoseconds> take(RateKey key, Rate rate, std::uint64_t units) override;
    Task<nanoseconds> look(RateKey key, Rate rate) override;
    void charge(RateKey const& key, Rate const& rate, std::uint64_t units) noexcept override;

    // Without the coroutine around it.
    nanoseconds take_now(RateKey const& key, Rate const& rate, std::uint64_t units);

    std::size_t memory_bytes() const { return rows_.size() * sizeof(Row); }

private:
    struct Slot {
        std::uint64_t fingerprint = 0;
        MonotonicTime full_at{};  // in the past: nobody's
    };
    static constexpr std::size_t slots_per_row = 8;
    using Row = std::array<Slot, slots_per_row>;

    // Under the row's lock; the key's own slot, or the one that is soonest full in its place.
    template <class Use>
    nanoseconds with_slot(RateKey const& key, Use const& use);
    Slot& slot_of(Row& row, std::uint64_t fingerprint) const;
    std::uint64_t hash(RateKey const& key) const;

    Clock const& clock_;
    std::uint64_t seeds_[2];  // so that nobody outside knows which keys share a row
    std::vector<Row> rows_;
    std::array<std::mutex, 64> locks_;
};

}  // namespace filegate::coordination
