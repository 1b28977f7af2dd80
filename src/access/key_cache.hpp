#pragma once
// A source's keys, kept. They are read again when they are old, or when a token names a key that is
// not among them; but not more often than the source is to be asked, however many such tokens come.
// While the source is down or answers rubbish the old keys go on counting, for a while. One read at
// a time; whoever can be served by the old keys does not wait for it.

#include <atomic>

#include "access/key_set.hpp"
#include "access/key_source.hpp"
#include "base/single_flight.hpp"
#include "observe/log.hpp"

namespace filegate::access {

struct KeyCacheOptions {
    seconds age_max{600};                // older keys are read again
    seconds pause{30};                   // from one read to the next
    seconds kept_while_down{24 * 3600};  // how old the keys may get when no read succeeds
};

// Any thread.
class KeyCache {
public:
    using Parse = Result<KeySet> (*)(std::string_view);
    // Shared: a check that goes on with keys that were replaced meanwhile keeps them.
    using Keys = std::shared_ptr<KeySet const>;

    KeyCache(std::unique_ptr<KeySource> source, Parse parse, KeyCacheOptions options,
             Clock const& clock, observe::Log& log)
        : source_(std::move(source)), parse_(parse), options_(options), clock_(clock), log_(log) {}

    // The keys a token with this key id is to be checked with. overloaded: there are none, or none
    // young enough, since the source cannot be read.
    Task<Result<Keys>> keys_for(KeyWish wish);

    // Grows with every set of keys that differs from the one before it: what was accepted with
    // older keys must be checked again.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    // Reads now. For the start, where an unreadable file must show.
    Task<Result<void>> load();

private:
    enum class Need : std::uint8_t { none, if_free, must_wait };
    struct State {
        Keys keys;
        std::string text;  // that the keys were made of
        MonotonicTime read_at{};
        std::optional<MonotonicTime> asked_at;
        bool was_down = false;  // the last read failed
    };

    Need need(KeyWish const& wish) const;
    Result<Keys> usable(KeyWish const& wish) const;
    Task<Result<void>> read_alone();
    Result<void> take(Result<std::string> text);

    std::unique_ptr<KeySource> source_;
    Parse parse_;
    KeyCacheOptions options_;
    Clock const& clock_;
    observe::Log& log_;
    mutable std::mutex mutex_;
    State state_;
    std::atomic<std::uint64_t> version_ = 0;
    SingleFlight<Result<void>> reads_;
};

}  // namespace filegate::access
