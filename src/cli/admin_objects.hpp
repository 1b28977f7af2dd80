#pragma once
// What a server answers to operators (docs/guide/api.md), read, and shown as tables for people.

#include <span>

#include "cli/failure.hpp"

namespace filegate::cli {

// `json` is the whole object as the server sent it, on one line. Times are seconds since the epoch,
// -1 when there is none.
struct BreakerObject {
    std::string key;
    std::string state;
    std::int64_t failures = 0;
    std::int64_t successes = 0;
    std::int64_t wait_s = 0;
    std::int64_t retry_at = -1;
    std::int64_t changed_at = -1;
    std::string reason;
    std::string json;
};

struct LockObject {
    std::string key;
    std::string label;
    std::string holder;
    std::int64_t fencing_token = 0;
    std::int64_t acquired_at = -1;
    std::int64_t expires_at = -1;
    std::int64_t waiters = 0;
    std::string json;
};

struct LockObjects {
    std::vector<std::pair<std::string, std::int64_t>> statistics;  // as the server orders them
    std::string statistics_json;
    std::vector<LockObject> locks;
};

struct RecoveryObject {
    std::string end;
    std::string provider;
    std::string account;
    std::string purpose;
    std::string filename;
    std::uint64_t bytes = 0;
    std::int64_t started_at = -1;
    std::vector<std::string> copies;
    std::string reason;
};

struct RecoveryObjects {
    bool is_dry_run = false;
    bool is_complete = true;
    std::int64_t copies_removed = 0;
    std::vector<RecoveryObject> items;
    std::vector<std::pair<std::string, std::int64_t>> summary;
    std::string json;
};

struct PartObject {
    std::string name;
    std::string state;  // well, impaired, unwell
    std::string what;
};

Answer<BreakerObject> parse_breaker(std::string_view body);
Answer<std::vector<BreakerObject>> parse_breakers(std::string_view body);
Answer<LockObjects> parse_locks(std::string_view body);
Answer<bool> parse_unlocked(std::string_view body);
Answer<RecoveryObjects> parse_recovery(std::string_view body);
Answer<std::vector<PartObject>> parse_health(std::string_view body);

std::string breaker_table(std::span<BreakerObject const> breakers);
std::string lock_table(std::span<LockObject const> locks);
std::string statistics_table(LockObjects const& locks);
std::string recovery_table(RecoveryObjects const& report);

}  // namespace filegate::cli
