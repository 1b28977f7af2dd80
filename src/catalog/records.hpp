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

// Written before a provider is asked, so that a crash in between can be found.
struct IntentRecord {
    IntentId id;
    PlacementKey key;
    FileId file;
    std::string filename;  // as sent to the provider
    std::uint64_t bytes = 0;
    WallTime started_at;
};

}  // namespace filegate::catalog
