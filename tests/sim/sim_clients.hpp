#pragma once
// Clients of a simulated gateway: they upload, and keep a ledger of what they were told.

#include "base/task_group.hpp"
#include "sim_world.hpp"

namespace filegate::sim {

struct Told {
    FileId id;
    Sha256Digest sha256;
    gateway::DeliveryMode mode = gateway::DeliveryMode::wait;
    std::vector<std::string> placed_at;  // as the answer said
};

struct Ledger {
    std::vector<Told> told;  // uploads that were acknowledged, placed or only kept
    int asked = 0;           // that ended, one way or the other
    int succeeded = 0;       // placed, or kept where nobody was to wait
    int deleted = 0;
    std::map<int, int> failures;  // error code -> how often
    std::map<std::string, int> placed_at;
    bool is_stopping = false;
};

// Of 100 uploads.
struct Mix {
    int later = 0;
    int kept_only = 0;
    int to_two = 0;       // kimi,glm-cn by name
    int known_bytes = 0;  // bytes that somebody uploaded before
    int equal_names = 0;  // one name and one size for different bytes
    int deleted = 0;      // deletes what it has just uploaded
    milliseconds pause_max{2000};
};

// One after the other, until `count` are done or the ledger says stop.
Task<void> upload_many(World& world, Ledger& ledger, Mix mix, int count);

// Cuts them off where they are; returns when they have let go.
void cut(World& world, TaskGroup& clients);

}  // namespace filegate::sim
