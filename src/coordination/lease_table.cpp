#include "coordination/lease_table.hpp"

#include <algorithm>

namespace filegate::coordination {

LeaseTable::LeaseTable(LeaseOptions options, Clock const& clock)
    : duration_(options.duration), clock_(clock) {
    FG_CHECK(duration_ > std::chrono::nanoseconds(0), "a lease lasts");
}

LeaseTable::Node LeaseTable::add_node(std::string name) {
    std::scoped_lock const lock(mutex_);
    nodes_.push_back({.name = std::move(name)});
    return nodes_.size() - 1;
}

void LeaseTable::kill(Node node) {
    std::scoped_lock const lock(mutex_);
    nodes_[node].is_alive = false;
    for (auto& [key, entry] : entries_)
        std::erase_if(entry.waiters, [node](Waiter const* waiter) { return waiter->node == node; });
}

std::optional<std::uint64_t> LeaseTable::try_take(Node node, LeaseRequest const& request) {
    std::scoped_lock const lock(mutex_);
    return take(node, request.key, request.label);
}

std::optional<std::uint64_t> LeaseTable::take_or_wait(Waiter& waiter) {
    std::scoped_lock const lock(mutex_);
    auto const token = take(waiter.node, waiter.key, waiter.label);
    if (token) {
        waiter.has_ended = true;
    } else if (nodes_[waiter.node].is_alive) {
        entries_.at(waiter.key).waiters.push_back(&waiter);
    }
    return token;
}

void LeaseTable::forget(Waiter& waiter) {
    std::scoped_lock const lock(mutex_);
    if (std::exchange(waiter.has_ended, true)) return;
    if (auto const entry = entries_.find(waiter.key); entry != entries_.end())
        std::erase(entry->second.waiters, &waiter);
    waiter.granted.complete();
}

bool LeaseTable::renew(Node node, std::string const& key, std::uint64_t token) {
    std::scoped_lock const lock(mutex_);
    auto const entry = entry_of(key, token);
    if (entry == entries_.end() || !nodes_[node].is_alive || expire(entry)) return false;
    entry->second.holder.expires_at = clock_.monotonic_now() + duration_;
    return true;
}

bool LeaseTable::is_held(std::string const& key, std::uint64_t token) const {
    std::scoped_lock const lock(mutex_);
    auto const entry = entries_.find(key);
    return entry != entries_.end() && entry->second.holder.token == token &&
           !is_expired(entry->second);
}

void LeaseTable::release(Node node, std::string const& key, std::uint64_t token) {
    std::scoped_lock const lock(mutex_);
    auto const entry = entry_of(key, token);
    if (entry == entries_.end() || !nodes_[node].is_alive || expire(entry)) return;
    pass_on(entry);
}

std::optional<std::chrono::nanoseconds> LeaseTable::look_again(Waiter const& waiter) {
    std::scoped_lock const lock(mutex_);
    if (auto const entry = entries_.find(waiter.key); entry != entries_.end()) expire(entry);
    if (waiter.has_ended || !nodes_[waiter.node].is_alive) return std::nullopt;
    return entries_.at(waiter.key).holder.expires_at - clock_.monotonic_now();
}

void LeaseTable::count_contended(Node node) {
    std::scoped_lock const lock(mutex_);
    if (!nodes_[node].is_alive) return;
    ++counted_.acquired;
    ++counted_.contended;
}

void LeaseTable::count_timed_out(Node node) {
    std::scoped_lock const lock(mutex_);
    if (nodes_[node].is_alive) ++counted_.timed_out;
}

std::vector<LeaseView> LeaseTable::list(std::size_t limit) {
    std::scoped_lock const lock(mutex_);
    expire_all();
    std::vector<Entries::value_type const*> oldest;
    oldest.reserve(entries_.size());
    for (auto const& entry : entries_)
        oldest.push_back(&entry);
    limit = std::min(limit, oldest.size());
    // Tokens are in the order of the grants, also when the wall clock was set back between two.
    std::ranges::partial_sort(oldest, oldest.begin() + static_cast<std::ptrdiff_t>(limit), {},
                              [](auto const* entry) { return entry->second.holder.token; });
    std::vector<LeaseView> views;
    views.reserve(limit);
    for (auto const* const entry : std::span(oldest).first(limit))
        views.push_back(view_of(entry->first, entry->second));
    return views;
}

std::optional<LeaseView> LeaseTable::find(std::string const& key) const {
    std::scoped_lock const lock(mutex_);
    auto const entry = entries_.find(key);
    if (entry == entries_.end()) return std::nullopt;
    return view_of(key, entry->second);
}

LeaseStatistics LeaseTable::statistics() {
    std::scoped_lock const lock(mutex_);
    expire_all();
    auto statistics = counted_;
    statistics.held = entries_.size();
    for (auto const& [key, entry] : entries_)
        statistics.waiting += entry.waiters.size();
    return statistics;
}

bool LeaseTable::force_unlock(Node node, std::string const& key) {
    std::scoped_lock const lock(mutex_);
    auto const entry = entries_.find(key);
    // One that has just expired was nobody's: whoever gets it now is not the one to be forced out.
    if (entry == entries_.end() || !nodes_[node].is_alive || expire(entry)) return false;
    ++counted_.forced;
    pass_on(entry);
    return true;
}

bool LeaseTable::is_expired(Entry const& entry) const {
    return clock_.monotonic_now() >= entry.holder.expires_at;
}

// Passes a lease on whose time is over. The entry may be gone then.
bool LeaseTable::expire(Entries::iterator entry) {
    if (!is_expired(entry->second)) return false;
    ++counted_.expired;
    pass_on(entry);
    return true;
}

void LeaseTable::expire_all() {
    for (auto entry = entries_.begin(); entry != entries_.end();)
        expire(entry++);
}

void LeaseTable::pass_on(Entries::iterator entry) {
    auto& [holder, waiters] = entry->second;
    if (waiters.empty()) {
        entries_.erase(entry);
        return;
    }
    auto& next = *waiters.front();
    waiters.pop_front();
    holder = new_holder(next.node, next.label);
    next.token = holder.token;
    next.has_ended = true;
    next.granted.complete();  // from here on the waiter may be gone
}

std::optional<std::uint64_t> LeaseTable::take(Node node, std::string const& key,
                                              std::string const& label) {
    if (!nodes_[node].is_alive) return std::nullopt;
    if (auto const entry = entries_.find(key); entry != entries_.end()) expire(entry);
    if (entries_.contains(key)) return std::nullopt;
    auto const token =
        entries_.emplace(key, Entry{.holder = new_holder(node, label)}).first->second.holder.token;
    ++counted_.acquired;
    return token;
}

LeaseTable::Holder LeaseTable::new_holder(Node node, std::string label) {
    return {.node = node,
            .label = std::move(label),
            .token = ++last_token_,
            .acquired_at = clock_.wall_now(),
            .expires_at = clock_.monotonic_now() + duration_};
}

// Where this token holds its key; the end, when it does not any more.
LeaseTable::Entries::iterator LeaseTable::entry_of(std::string const& key, std::uint64_t token) {
    auto const entry = entries_.find(key);
    return entry != entries_.end() && entry->second.holder.token == token ? entry : entries_.end();
}

LeaseView LeaseTable::view_of(std::string const& key, Entry const& entry) const {
    auto const& holder = entry.holder;
    auto const remaining = holder.expires_at - clock_.monotonic_now();
    return {.key = key,
            .label = holder.label,
            .holder = nodes_[holder.node].name,
            .fencing_token = holder.token,
            .acquired_at = holder.acquired_at,
            .expires_at = clock_.wall_now() + std::chrono::ceil<milliseconds>(remaining),
            .waiters = entry.waiters.size()};
}

}  // namespace filegate::coordination
