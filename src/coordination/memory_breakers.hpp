#pragma once
// Breakers of one process. What must survive a restart is told to a journal and given back through
// restore().

#include <deque>
#include <map>
#include <mutex>

#include "base/keyed_mutex.hpp"
#include "coordination/breakers.hpp"

namespace filegate::coordination {

class MemoryBreakers final : public Breakers {
public:
    // `journal` may be null; everything else outlives this.
    MemoryBreakers(BreakerOptions options, Clock const& clock, BreakerJournal* journal);

    // Once, before use: what the journal was told last about each key. Waiting times are taken from
    // the wall clock, and never become longer than they were: a clock that jumped cannot lock a
    // provider out. A half-open breaker comes back open with its wait over; one of an unknown phase
    // is left out, and counts are forgotten.
    void restore(std::vector<BreakerView> const& kept);

    BreakerView view(BreakerKey const& key) const override;
    std::vector<BreakerView> all() const override;
    Task<Result<BreakerPermit>> enter(BreakerKey key) override;
    Task<Result<void>> force(BreakerKey key, BreakerPhase open_or_closed, PrincipalId by) override;

private:
    struct Entry {
        BreakerState state;
        std::optional<WallTime> changed_at;
        std::string reason;
        std::deque<BreakerChange> untold;  // oldest first; each has a caller that waits for it
        std::uint64_t changes = 0;         // so far; numbers them
    };

    Task<void> succeeded(BreakerKey key, BreakerPass pass) override;
    Task<void> failed(BreakerKey key, BreakerPass pass, std::string reason) override;
    void give_back(BreakerKey const& key, BreakerPass pass) noexcept override;

    // With mutex_ held.
    BreakerView view_of(BreakerKey const& key, Entry const& entry) const;
    std::uint64_t note(BreakerKey const& key, Entry& entry, BreakerPhase was, PrincipalId by = {});
    Error refusal(BreakerKey const& key, Entry const& entry) const;

    Task<void> tell(BreakerKey key, std::uint64_t until);
    Task<void> tell_in_order(BreakerKey key, std::uint64_t until);
    std::optional<BreakerChange> next_untold(BreakerKey const& key, std::uint64_t until);

    BreakerOptions options_;
    Clock const& clock_;
    BreakerJournal* journal_;
    mutable std::mutex mutex_;             // never held across a co_await
    std::map<BreakerKey, Entry> entries_;  // those that are asked about: providers x transports
    KeyedMutex telling_;                   // one teller per key
};

}  // namespace filegate::coordination
