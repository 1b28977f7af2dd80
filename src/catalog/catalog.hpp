#pragma once
// What we hold, who owns it, where it went. Every implementation passes catalog_conformance.hpp.
// Any executor may call. Writes are durable when they return. A foreign file is the same
// file_not_found as an unknown one. Errors: file_not_found, database_error, store_full.

#include <span>

#include "base/result.hpp"
#include "base/task.hpp"
#include "catalog/records.hpp"

namespace filegate::catalog {

struct NewFile {
    FileId id;  // used when a new record is made
    PrincipalId owner;
    std::string name;
    Purpose purpose;
    std::uint64_t bytes = 0;
    Sha256Digest sha256;
    std::string mime_type;
    WallTime now;
    std::optional<WallTime> expires_at;
};

// One record per (owner, sha256, purpose, name): adding the same again answers with the record that
// is there, with last_used_at = now and, when given, the new expires_at.
struct AddedFile {
    FileRecord file;
    bool is_new_record = false;
    bool owner_had_bytes = false;  // the owner held a live file of these bytes before this call
};

struct FileWithPlacements {
    FileRecord file;
    std::vector<PlacementRecord> placements;  // live ones delivered for this file, oldest first
};

struct ListQuery {
    std::optional<Purpose> purpose;
    std::size_t limit = 100;
    bool is_ascending = false;    // by creation (ids are time-ordered); newest first otherwise
    std::optional<FileId> after;  // exclusive; file_not_found when the owner has no such file
};

struct FilePage {
    std::vector<FileWithPlacements> files;
    bool has_more = false;
};

struct DeletedFile {
    FileRecord file;
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

class Catalog {
public:
    virtual ~Catalog() = default;

    virtual Task<Result<AddedFile>> add_file(NewFile file) = 0;
    virtual Task<Result<FileWithPlacements>> find_file(PrincipalId owner, FileId id) = 0;
    virtual Task<Result<FilePage>> list_files(PrincipalId owner, ListQuery query) = 0;
    virtual Task<Result<DeletedFile>> delete_file(PrincipalId owner, FileId id, WallTime now) = 0;
    virtual Task<Result<void>> set_file_status(FileId id, FileStatus status,
                                               std::string details) = 0;

    // Does any live file have these bytes?
    virtual Task<Result<bool>> is_blob_used(Sha256Digest sha256) = 0;

    virtual Task<Result<std::optional<PlacementRecord>>> find_placement(PlacementKey key,
                                                                        WallTime now) = 0;
    // The file is placed by a placement that exists already.
    virtual Task<Result<void>> link_placement(FileId file, PlacementId placement) = 0;
    virtual Task<Result<void>> set_placement_status(PlacementId placement,
                                                    PlacementStatus status) = 0;
    virtual Task<Result<std::vector<PlacementRecord>>> placements_with_status(
        PlacementStatus status, std::size_t limit) = 0;

    virtual Task<Result<void>> begin_intent(IntentRecord intent) = 0;
    // One transaction: the placement is live and linked to the intent's file, the file is `placed`,
    // the intent is gone. When the key has a live placement already (a race that was lost), fails
    // with concurrent_upload and changes nothing.
    virtual Task<Result<void>> finish_intent(IntentId intent, PlacementRecord placement) = 0;
    virtual Task<Result<void>> abandon_intent(IntentId intent) = 0;  // the provider has no copy
    virtual Task<Result<std::vector<IntentRecord>>> open_intents(std::size_t limit) = 0;

    virtual Task<Result<std::vector<PurposeMemory>>> purpose_memories() = 0;
    virtual Task<Result<void>> remember_purpose(PurposeMemory memory) = 0;

    virtual Task<Result<void>> check() = 0;  // can it write? for readiness
};

}  // namespace filegate::catalog
