#pragma once
// Files, placements, intents and purposes in memory: what the memory catalog's calls do under a
// lock somebody else holds.

#include <set>
#include <tuple>

#include "catalog/memory_intents.hpp"

namespace filegate::catalog::memory {

// Only live files are kept; a deleted one is simply gone. Not thread-safe: the catalog locks.
class Tables {
public:
    Result<AddedFile> add_file(NewFile const& file);
    Result<FileWithPlacements> find_file(PrincipalId const& owner, FileId const& id) const;
    Result<FileRecord> file_record(FileId const& id) const;
    Result<FilePage> list_files(std::optional<PrincipalId> const& owner,
                                ListQuery const& query) const;
    Result<DeletedFile> delete_file(PrincipalId const& owner, FileId const& id);
    Result<void> set_file_status(FileId const& id, FileStatus status, std::string const& details);
    Result<bool> is_blob_used(Sha256Digest const& sha256) const;

    std::optional<PlacementRecord> find_placement(PlacementKey const& key, WallTime now) const;
    // The placement, when they were not linked before.
    Result<std::optional<PlacementRecord>> link_placement(FileId const& file,
                                                          PlacementId const& placement);
    Result<void> set_placement_status(PlacementId const& id, PlacementStatus status);
    std::vector<PlacementRecord> placements_with_status(PlacementStatus status,
                                                        std::size_t limit) const;
    std::vector<ProviderFileId> recorded_copies(ProviderName const& provider,
                                                AccountName const& account,
                                                std::vector<ProviderFileId> const& ids) const;

    Result<void> begin_intent(IntentRecord const& intent);
    Result<void> finish_intent(IntentId const& intent, PlacementRecord const& placement);
    Result<void> discard_intent(IntentId const& intent, PlacementRecord const& placement);
    Intents& intents() { return intents_; }

    std::vector<PurposeMemory> purpose_memories() const;
    void remember_purpose(PurposeMemory const& memory);

private:
    using CopyKey = std::tuple<PrincipalId, Sha256Digest, Purpose, std::string>;
    using LiveKey = std::tuple<ProviderName, AccountName, WirePurpose, Sha256Digest>;
    using MemoryKey = std::tuple<ProviderName, AccountName, Purpose>;

    static CopyKey copy_key(PrincipalId const& owner, Sha256Digest const& sha256,
                            Purpose const& purpose, std::string const& name);
    static LiveKey live_key(PlacementKey const& key);

    FilePage page_of(std::set<FileId> const& all, ListQuery const& query) const;
    FileRecord const* owned(PrincipalId const& owner, FileId const& id) const;
    std::vector<PlacementRecord> live_placements_of(FileId const& file) const;
    std::vector<PlacementRecord> unlink(FileId const& file);
    void link(FileId const& file, PlacementId const& placement);
    void change_status(PlacementRecord& placement, PlacementStatus status);
    Result<void> claim_key(PlacementKey const& key, WallTime now);
    void insert(PlacementRecord placement, PlacementStatus status);

    std::map<FileId, FileRecord> files_;
    std::map<PrincipalId, std::set<FileId>> files_of_;
    std::map<CopyKey, FileId> copies_;
    std::unordered_map<Sha256Digest, std::size_t> blob_users_;
    std::map<PlacementId, PlacementRecord> placements_;
    std::map<LiveKey, PlacementId> live_;
    std::map<FileId, std::set<PlacementId>> placements_of_;
    std::map<PlacementId, std::set<FileId>> files_placed_by_;
    Intents intents_;
    std::map<MemoryKey, WirePurpose> memories_;
};

}  // namespace filegate::catalog::memory
