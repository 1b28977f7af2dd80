#pragma once
// Open intents in memory, in the order they were started. Not thread-safe: the catalog locks.

#include <map>

#include "catalog/catalog.hpp"

namespace filegate::catalog::memory {

class Intents {
public:
    Result<void> add(IntentRecord const& intent);
    IntentRecord const* find(IntentId const& id) const;  // null: not open
    void remove(IntentId const& id);
    void note_finding(IntentId const& id, std::string finding, WallTime now);

    std::vector<IntentRecord> list(std::size_t limit,
                                   std::optional<IntentRecord> const& after) const;
    // These walk all that are open.
    std::vector<IntentRecord> of(PlacementKey const& key) const;
    std::vector<IntentRecord> like(PlacementKey const& key, std::uint64_t bytes) const;

private:
    using Start = std::pair<WallTime, IntentId>;
    template <class Wanted>
    std::vector<IntentRecord> all_that(Wanted const& wanted) const;

    std::map<Start, IntentRecord> by_start_;
    std::map<IntentId, WallTime> starts_;
};

}  // namespace filegate::catalog::memory
