#include "catalog/memory_intents.hpp"

#include "catalog/refusals.hpp"

namespace filegate::catalog::memory {

Result<void> Intents::add(IntentRecord const& intent) {
    bool const is_new = starts_.emplace(intent.id, intent.started_at).second;
    if (!is_new) return fail(id_is_taken(intent.id.text()));
    by_start_.emplace(Start(intent.started_at, intent.id), intent);
    return {};
}

IntentRecord const* Intents::find(IntentId const& id) const {
    auto const start = starts_.find(id);
    return start == starts_.end() ? nullptr : &by_start_.at({start->second, id});
}

void Intents::remove(IntentId const& id) {
    auto const start = starts_.find(id);
    if (start == starts_.end()) return;
    by_start_.erase({start->second, id});
    starts_.erase(start);
}

void Intents::note_finding(IntentId const& id, std::string finding, WallTime now) {
    auto const start = starts_.find(id);
    if (start == starts_.end()) return;
    auto& intent = by_start_.at({start->second, id});
    intent.finding = std::move(finding);
    intent.looked_at = now;
}

std::vector<IntentRecord> Intents::list(std::size_t limit,
                                        std::optional<IntentRecord> const& after) const {
    std::vector<IntentRecord> found;
    auto intent = after ? by_start_.upper_bound({after->started_at, after->id}) : by_start_.begin();
    for (; intent != by_start_.end() && found.size() < std::min(limit, list_limit_max); ++intent)
        found.push_back(intent->second);
    return found;
}

std::vector<IntentRecord> Intents::of(PlacementKey const& key) const {
    return all_that([&](IntentRecord const& intent) { return intent.key == key; });
}

std::vector<IntentRecord> Intents::like(PlacementKey const& key, std::uint64_t bytes) const {
    return all_that([&](IntentRecord const& intent) {
        return intent.key.provider == key.provider && intent.key.account == key.account &&
               intent.key.purpose == key.purpose && intent.bytes == bytes;
    });
}

template <class Wanted>
std::vector<IntentRecord> Intents::all_that(Wanted const& wanted) const {
    std::vector<IntentRecord> found;
    for (auto const& [start, intent] : by_start_) {
        if (found.size() == list_limit_max) break;
        if (wanted(intent)) found.push_back(intent);
    }
    return found;
}

}  // namespace filegate::catalog::memory
