#pragma once
// What the catalog is asked with, and what it answers beside its records.

#include "catalog/records.hpp"

namespace filegate::catalog {

struct NewFile {
    FileId id;  // used when a new record is made; never used before
    PrincipalId owner;
    std::string name;
    Purpose purpose;
    std::uint64_t bytes = 0;
    Sha256Digest sha256;
    std::string mime_type;
    WallTime now;
    std::optional<WallTime> expires_at;
    Cause cause = {};
    // What was reserved for it; ends with the call that records the file. None: its owner is
    // charged without being asked, for what was let in already.
    std::optional<ReservationId> reservation = {};
    std::string unchecked = {};  // which check of the content could not run, for the audit trail
};

// One live record per (owner, sha256, purpose, name): adding the same again answers with the record
// that is there, with last_used_at = now and, when given, the new expires_at.
struct AddedFile {
    FileRecord file;
    bool is_new_record = false;
    bool owner_had_bytes = false;  // the owner held a live file of these bytes before this call
};

struct FileWithPlacements {
    FileRecord file;
    // The live ones this file was delivered to or linked with, oldest first. One past its
    // expires_at is shown until somebody changes its status.
    std::vector<PlacementRecord> placements;
};

inline constexpr std::size_t list_limit_max = 10'000;  // a larger limit means this one

struct ListQuery {
    std::optional<Purpose> purpose;
    std::size_t limit = 100;
    bool is_ascending = false;    // by id, as text, hence by creation; newest first otherwise
    std::optional<FileId> after;  // exclusive; file_not_found when the owner has no such file
    bool goes_on = false;         // `after` ended a page; it may have been deleted since
};

struct FilePage {
    std::vector<FileWithPlacements> files;
    bool has_more = false;
};

struct DeletedFile {
    FileRecord file;                        // as it was
    std::vector<PlacementRecord> orphaned;  // now `deleting`: no other live file needs them
    bool is_blob_unused = false;            // no live file of anybody has these bytes
};

// What worked when a provider's purposes were negotiated.
struct PurposeMemory {
    ProviderName provider;
    AccountName account;
    Purpose asked;
    WirePurpose worked;
};

}  // namespace filegate::catalog
