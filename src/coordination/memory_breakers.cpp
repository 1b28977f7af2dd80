// How changes are told in order: each is queued in its entry in the moment it happens, under the
// mutex, and numbered. Who caused change N takes the key's turn (one teller at a time) and tells
// what is queued up to N. Turns may come in another order than changes: then somebody else has told
// N by the time its cause gets its turn, and nothing is left to tell. So the last word told is the
// last change, each is told once, and each before its cause returns.

#include "coordination/memory_breakers.hpp"

namespace filegate::coordination {

namespace {

constexpr std::size_t reason_bytes_max = 400;  // a provider's words may be long

// Cuts between characters.
std::string shortened(std::string text) {
    if (text.size() <= reason_bytes_max) return text;
    auto end = reason_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
    return text + "...";
}

// The state of a breaker that was kept over a restart. `retry_at` is compared before it is
// subtracted: whatever a record holds, nothing overflows.
std::optional<BreakerState> restored(BreakerView const& kept, BreakerOptions const& options,
                                     Clock const& clock) {
    if (kept.phase == BreakerPhase::closed) return BreakerState{};
    if (kept.phase != BreakerPhase::open && kept.phase != BreakerPhase::half_open) return {};
    auto const wait = std::clamp(kept.wait, seconds(0), options.wait_max);
    auto const now = clock.wall_now();
    milliseconds remaining{0};
    if (kept.phase == BreakerPhase::open && kept.retry_at && *kept.retry_at > now)
        remaining = *kept.retry_at < now + wait ? *kept.retry_at - now : wait;
    return BreakerState{
        .phase = BreakerPhase::open, .wait = wait, .retry_at = clock.monotonic_now() + remaining};
}

}  // namespace

MemoryBreakers::MemoryBreakers(BreakerOptions options, Clock const& clock, BreakerJournal* journal)
    : options_(options), clock_(clock), journal_(journal) {}

void MemoryBreakers::restore(std::vector<BreakerView> const& kept) {
    if (!options_.is_enabled) return;
    std::scoped_lock const lock(mutex_);
    for (auto const& view : kept) {
        auto const state = restored(view, options_, clock_);
        if (!state) continue;
        auto& entry = entries_[view.key];
        entry.state = *state;
        entry.changed_at = view.changed_at;
        entry.reason = shortened(view.reason);
    }
}

BreakerView MemoryBreakers::view(BreakerKey const& key) const {
    std::scoped_lock const lock(mutex_);
    auto const entry = entries_.find(key);
    return entry == entries_.end() ? BreakerView{.key = key} : view_of(key, entry->second);
}

std::vector<BreakerView> MemoryBreakers::all() const {
    std::scoped_lock const lock(mutex_);
    std::vector<BreakerView> views;
    views.reserve(entries_.size());
    for (auto const& [key, entry] : entries_)
        views.push_back(view_of(key, entry));
    return views;
}

Task<Result<BreakerPermit>> MemoryBreakers::enter(BreakerKey key) {
    BreakerPass pass;
    std::uint64_t change = 0;
    std::optional<Error> refused;
    {
        std::scoped_lock const lock(mutex_);
        auto& entry = entries_[key];
        auto const was = entry.state.phase;
        pass = ask(entry.state, options_, clock_.monotonic_now());
        if (pass.number == 0) {
            refused = refusal(key, entry);
        } else if (entry.state.phase != was) {
            entry.reason = fmt::format("the wait of {} s is over", entry.state.wait.count());
            change = note(key, entry, was);
        }
    }
    if (refused) co_return fail(*std::move(refused));
    BreakerPermit permit(*this, key, pass);  // gives the slot back whatever happens from here on
    co_await tell(std::move(key), change);
    co_return permit;
}

Task<Result<void>> MemoryBreakers::force(BreakerKey key, BreakerPhase open_or_closed,
                                         PrincipalId by) {
    if (open_or_closed != BreakerPhase::open && open_or_closed != BreakerPhase::closed) {
        co_return fail(ErrorCode::validation_failed,
                       "a circuit breaker is forced open or closed; half-open it becomes by itself "
                       "when its wait is over");
    }
    if (!options_.is_enabled) {
        co_return fail(ErrorCode::validation_failed,
                       "circuit breakers are switched off in the configuration: every request is "
                       "let through, and none can be forced");
    }
    std::uint64_t change = 0;
    {
        std::scoped_lock const lock(mutex_);
        auto& entry = entries_[key];
        auto const was = entry.state.phase;
        if (open_or_closed == BreakerPhase::open) {
            force_open(entry.state, options_, clock_.monotonic_now());
            entry.reason = "an operator opened it";
        } else {
            force_closed(entry.state);
            entry.reason = "an operator closed it";
        }
        entry.changed_at = clock_.wall_now();
        change = note(key, entry, was, std::move(by));
    }
    co_await tell(std::move(key), change);
    co_return {};
}

Task<void> MemoryBreakers::succeeded(BreakerKey key, BreakerPass pass) {
    std::uint64_t change = 0;
    {
        std::scoped_lock const lock(mutex_);
        auto& entry = entries_[key];
        auto const before = entry.state;
        if (succeed(entry.state, options_, pass)) {
            entry.reason = fmt::format("{} probes succeeded", options_.successes_to_close);
            change = note(key, entry, before.phase);
        } else if (entry.state.successes != before.successes) {
            change = note(key, entry, before.phase);
        }
    }
    co_await tell(std::move(key), change);
}

Task<void> MemoryBreakers::failed(BreakerKey key, BreakerPass pass, std::string reason) {
    std::uint64_t change = 0;
    {
        std::scoped_lock const lock(mutex_);
        auto& entry = entries_[key];
        auto const was = entry.state.phase;
        // Qualified: the namespace above has a fail() of its own, for errors.
        if (coordination::fail(entry.state, options_, pass, clock_.monotonic_now())) {
            auto const cause = was == BreakerPhase::closed
                                   ? fmt::format("{} failures in a row", options_.failures_to_open)
                                   : std::string("a probe failed");
            entry.reason = shortened(cause + "; " + reason);
            change = note(key, entry, was);
        }
    }
    co_await tell(std::move(key), change);
}

void MemoryBreakers::give_back(BreakerKey const& key, BreakerPass pass) noexcept {
    std::scoped_lock const lock(mutex_);
    auto const entry = entries_.find(key);
    if (entry != entries_.end()) coordination::give_back(entry->second.state, pass);
}

BreakerView MemoryBreakers::view_of(BreakerKey const& key, Entry const& entry) const {
    auto const& state = entry.state;
    auto const now = clock_.monotonic_now();
    BreakerView view{.key = key,
                     .phase = state.phase,
                     .is_passable = coordination::is_passable(state, options_, now),
                     .failures = state.failures,
                     .successes = state.successes,
                     .wait = state.wait,
                     .changed_at = entry.changed_at,
                     .reason = entry.reason};
    if (state.phase == BreakerPhase::open)
        view.retry_at = clock_.wall_now() + std::chrono::ceil<milliseconds>(state.retry_at - now);
    return view;
}

// Queues what has just happened to be told, and answers with its number.
std::uint64_t MemoryBreakers::note(BreakerKey const& key, Entry& entry, BreakerPhase was,
                                   PrincipalId by) {
    if (entry.state.phase != was) entry.changed_at = clock_.wall_now();
    if (!journal_) return 0;
    entry.untold.push_back({.now = view_of(key, entry), .was = was, .by = std::move(by)});
    return ++entry.changes;
}

Error MemoryBreakers::refusal(BreakerKey const& key, Entry const& entry) const {
    auto const& provider = key.provider.text();
    Error error{.code = ErrorCode::circuit_breaker_open, .provider = provider, .retry_after_s = 1};
    if (entry.state.phase == BreakerPhase::half_open) {
        error.message = fmt::format(
            "{} ({}) is being tried with a single request after it had failed; this one may come "
            "again in 1 s",
            provider, key.transport);
        return error;
    }
    auto const wait =
        std::chrono::ceil<seconds>(entry.state.retry_at - clock_.monotonic_now()).count();
    error.retry_after_s = static_cast<int>(std::max<std::int64_t>(wait, 1));
    error.message = fmt::format("{} ({}) is being left alone: {}. It is tried again in {} s",
                                provider, key.transport, entry.reason, *error.retry_after_s);
    return error;
}

// In a context of its own, which nobody cancels: what happened is told even when the request that
// caused it is given up.
Task<void> MemoryBreakers::tell(BreakerKey key, std::uint64_t until) {
    if (until == 0) co_return;
    TaskContext uncancelled((co_await this_context()).executor());
    co_await tell_in_order(std::move(key), until).in(uncancelled);
}

Task<void> MemoryBreakers::tell_in_order(BreakerKey key, std::uint64_t until) {
    auto const turn = co_await telling_.lock(key.text());
    while (auto change = next_untold(key, until))
        co_await journal_->changed(*std::move(change));
}

std::optional<BreakerChange> MemoryBreakers::next_untold(BreakerKey const& key,
                                                         std::uint64_t until) {
    std::scoped_lock const lock(mutex_);
    auto& entry = entries_[key];
    auto const next = entry.changes - entry.untold.size() + 1;
    if (entry.untold.empty() || next > until) return std::nullopt;
    auto change = std::move(entry.untold.front());
    entry.untold.pop_front();
    return change;
}

}  // namespace filegate::coordination
