#pragma once
// What the catalog holds, as values.

#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/ids.hpp"

namespace filegate::catalog {

enum class FileStatus : std::uint8_t {
    kept,    // stored here; not (or not yet) at a provider
    placed,  // at one provider at least
    failed,  // every delivery so far has failed; kept, can be redelivered
};

// A principal's record of a file.
struct FileRecord {
    FileId id;
    PrincipalId owner;
    std::string name;
    Purpose purpose;
    std::uint64_t bytes = 0;
    Sha256Digest sha256;
    std::string mime_type;
    WallTime created_at;
    std::optional<WallTime> expires_at;
    WallTime last_used_at;
    FileStatus status = FileStatus::kept;
    std::string status_details;  // why it failed, for the owner's eyes
};

enum class PlacementStatus : std::uint8_t {
    live,      // the provider answered success
    deleting,  // no file needs it; the provider copy must go
    deleted,
    vanished,  // the provider no longer has it
};

// What makes two deliveries the same: at most one live placement exists per key.
struct PlacementKey {
    ProviderName provider;
    AccountName account;
    WirePurpose purpose;
    Sha256Digest sha256;
    friend bool operator==(PlacementKey const&, PlacementKey const&) = default;
};

struct PlacementRecord {
    PlacementId id;
    PlacementKey key;
    ProviderFileId provider_file_id;
    std::uint64_t bytes = 0;
    PlacementStatus status = PlacementStatus::live;
    std::string provider_status;  // the provider's own word, as answered
    WallTime created_at;
    std::optional<WallTime> expires_at;  // the provider's retention, when it has one
};

// Written before a provider is asked, so that a crash in between can be found. One that is left
// open says: the provider may have a copy that no placement knows of.
struct IntentRecord {
    IntentId id;
    PlacementKey key;
    FileId file;
    std::string filename;  // as sent to the provider
    std::uint64_t bytes = 0;
    WallTime started_at;
    std::string finding = {};  // why it is still open, after it was looked into; empty: not yet
    std::optional<WallTime> looked_at = {};
};

// A delivery that nobody waits for: done in the background, until its deadline, across restarts.
struct QueuedDelivery {
    DeliveryId id;
    FileId file;
    std::vector<ProviderName> providers;  // where it still has to go; empty: auto
    std::optional<Purpose> purpose;
    WallTime queued_at;
    WallTime deadline;
    WallTime next_try_at;
    int tries = 0;
    std::string last_error;  // for operators
};

// What a circuit breaker was last heard to be; coordination/breakers.hpp has the meaning.
struct BreakerRecord {
    ProviderName provider;
    std::string transport;
    std::string phase;  // closed, open, half-open
    int successes = 0;
    seconds wait{0};
    std::optional<WallTime> retry_at;
    WallTime changed_at;
    std::string reason;
};

// On whose behalf a change is made, and from where: for the audit trail alone, it decides nothing.
struct Cause {
    PrincipalId principal;     // empty: the owner of what is changed, or the gateway itself
    std::string door;          // http, batch; empty: the gateway itself
    std::string peer_address;  // empty: nobody from outside
    RequestId request;
};

// A row of the audit trail: a security decision or a change. Who did what to which thing, from
// where, and how it ended. Never a secret, never a file's text.
struct EventRecord {
    WallTime at;
    PrincipalId principal;  // empty: the gateway itself, or a stranger
    std::string action;     // file.created, breaker.open, authentication.refused
    std::string subject;    // glm/native, a lock's key, a file's name
    std::string outcome;    // done, refused, or what went wrong
    std::string detail;
    std::string door = {};
    std::string peer_address = {};
    RequestId request = {};
    FileId file = {};
    std::int64_t error_code = 0;  // of a refusal; 0: none
};

}  // namespace filegate::catalog
