// A key is known by a 64-bit fingerprint under a secret seed (SipHash-1-3), and lives in one row of
// eight slots. A new key takes the place of the bucket that is full or will be full soonest:
// whoever has much to pay off is the last to be forgotten, so a flood of names washes no heavy user
// clean.

#include "coordination/memory_rate_limits.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace filegate::coordination {
namespace {

class SipHash {
public:
    SipHash(std::uint64_t first, std::uint64_t second)
        : a_(first ^ 0x736f6d6570736575ULL),
          b_(second ^ 0x646f72616e646f6dULL),
          c_(first ^ 0x6c7967656e657261ULL),
          d_(second ^ 0x7465646279746573ULL) {}

    // Each text with its length, so that no two lists of texts look alike.
    void add(std::string_view text) {
        word(text.size());
        while (!text.empty()) {
            auto const count = std::min<std::size_t>(text.size(), 8);
            std::uint64_t piece = 0;
            std::memcpy(&piece, text.data(), count);
            word(piece);
            text.remove_prefix(count);
        }
    }
    void word(std::uint64_t piece) {
        d_ ^= piece;
        round();
        a_ ^= piece;
    }
    std::uint64_t finish() {
        c_ ^= 0xff;
        for (int i = 0; i < 3; ++i)
            round();
        return a_ ^ b_ ^ c_ ^ d_;
    }

private:
    void round() {
        a_ += b_;
        c_ += d_;
        b_ = std::rotl(b_, 13) ^ a_;
        d_ = std::rotl(d_, 16) ^ c_;
        a_ = std::rotl(a_, 32);
        c_ += b_;
        a_ += d_;
        b_ = std::rotl(b_, 17) ^ c_;
        d_ = std::rotl(d_, 21) ^ a_;
        c_ = std::rotl(c_, 32);
    }
    std::uint64_t a_, b_, c_, d_;
};

}  // namespace

MemoryRateLimits::MemoryRateLimits(Clock const& clock, Random& random, std::size_t slots)
    : clock_(clock),
      seeds_{random.next(), random.next()},
      rows_(std::max<std::size_t>(1, (slots + slots_per_row - 1) / slots_per_row)) {}

Task<nanoseconds> MemoryRateLimits::take(RateKey key, Rate rate, std::uint64_t units) {
    co_return take_now(key, rate, units);
}

nanoseconds MemoryRateLimits::take_now(RateKey const& key, Rate const& rate, std::uint64_t units) {
    return with_slot(key, [&](MonotonicTime& full_at, MonotonicTime now) {
        auto const draught = coordination::take(rate, full_at, now, units);
        full_at = draught.full_at;
        return draught.wait;
    });
}

Task<nanoseconds> MemoryRateLimits::look(RateKey key, Rate rate) {
    co_return with_slot(key, [&](MonotonicTime const& full_at, MonotonicTime now) {
        return coordination::take(rate, full_at, now, 1).wait;
    });
}

void MemoryRateLimits::charge(RateKey const& key, Rate const& rate, std::uint64_t units) noexcept {
    with_slot(key, [&](MonotonicTime& full_at, MonotonicTime now) {
        full_at = coordination::charge(rate, full_at, now, units);
        return nanoseconds(0);
    });
}

template <class Use>
nanoseconds MemoryRateLimits::with_slot(RateKey const& key, Use const& use) {
    auto const fingerprint = hash(key);
    auto const number = fingerprint % rows_.size();
    auto const now = clock_.monotonic_now();
    std::scoped_lock const lock(locks_[number % locks_.size()]);
    auto& slot = slot_of(rows_[number], fingerprint);
    bool const is_known = slot.fingerprint == fingerprint;
    auto full_at = is_known ? slot.full_at : MonotonicTime{};
    auto const wait = use(full_at, now);
    // A look, or a rate without limit, need not push anybody out.
    if (is_known || full_at > now) slot = {fingerprint, full_at};
    return wait;
}

MemoryRateLimits::Slot& MemoryRateLimits::slot_of(Row& row, std::uint64_t fingerprint) const {
    auto const own = std::ranges::find(row, fingerprint, &Slot::fingerprint);
    return own != row.end() ? *own : *std::ranges::min_element(row, {}, &Slot::full_at);
}

std::uint64_t MemoryRateLimits::hash(RateKey const& key) const {
    SipHash hash(seeds_[0], seeds_[1]);
    hash.word(static_cast<std::uint64_t>(key.whom) << 8 | static_cast<std::uint64_t>(key.what));
    hash.add(key.door);
    hash.add(key.name);
    return hash.finish();
}

}  // namespace filegate::coordination
