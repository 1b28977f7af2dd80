#include "catalog/memory_tables.hpp"

#include "catalog/refusals.hpp"

namespace filegate::catalog::memory {
namespace {

bool has_expired(PlacementRecord const& placement, WallTime now) {
    return placement.expires_at && *placement.expires_at <= now;
}

}  // namespace

Result<AddedFile> Tables::add_file(NewFile const& file) {
    auto const key = copy_key(file.owner, file.sha256, file.purpose, file.name);
    if (auto const same = copies_.find(key); same != copies_.end()) {
        auto& known = files_.at(same->second);
        known.last_used_at = file.now;
        if (file.expires_at) known.expires_at = file.expires_at;
        return AddedFile{.file = known, .is_new_record = false, .owner_had_bytes = true};
    }
    if (files_.contains(file.id)) return fail(id_is_taken(file.id.text()));
    auto const near = copies_.lower_bound(copy_key(file.owner, file.sha256, Purpose(), ""));
    bool const had_bytes = near != copies_.end() && std::get<0>(near->first) == file.owner &&
                           std::get<1>(near->first) == file.sha256;
    FileRecord const record{.id = file.id,
                            .owner = file.owner,
                            .name = file.name,
                            .purpose = file.purpose,
                            .bytes = file.bytes,
                            .sha256 = file.sha256,
                            .mime_type = file.mime_type,
                            .created_at = file.now,
                            .expires_at = file.expires_at,
                            .last_used_at = file.now};
    files_.emplace(file.id, record);
    files_of_[file.owner].insert(file.id);
    copies_.emplace(key, file.id);
    ++blob_users_[file.sha256];
    return AddedFile{.file = record, .is_new_record = true, .owner_had_bytes = had_bytes};
}

Result<FileWithPlacements> Tables::find_file(PrincipalId const& owner, FileId const& id) const {
    auto const* const file = owned(owner, id);
    if (file == nullptr) return fail(unknown_file(id));
    return FileWithPlacements{.file = *file, .placements = live_placements_of(id)};
}

Result<FileRecord> Tables::file_record(FileId const& id) const {
    auto const file = files_.find(id);
    if (file == files_.end()) return fail(unknown_file(id));
    return file->second;
}

Result<FilePage> Tables::list_files(std::optional<PrincipalId> const& owner,
                                    ListQuery const& query) const {
    if (query.after && !query.goes_on) {
        TRY(auto const last, file_record(*query.after));
        if (owner && last.owner != *owner) return fail(unknown_file(*query.after));
    }
    if (!owner) {
        std::set<FileId> everybodys;
        for (auto const& [id, file] : files_)
            everybodys.insert(id);
        return page_of(everybodys, query);
    }
    auto const ids = files_of_.find(*owner);
    return ids == files_of_.end() ? FilePage() : page_of(ids->second, query);
}

// Walks all of them; asking for a rare purpose costs as much as there are.
FilePage Tables::page_of(std::set<FileId> const& all, ListQuery const& query) const {
    FilePage page;
    auto const limit = std::min(query.limit, list_limit_max);
    // True: the page is full and there is more.
    auto const take = [&](FileId const& id) {
        auto const& file = files_.at(id);
        if (query.purpose && file.purpose != *query.purpose) return false;
        page.has_more = page.files.size() == limit;
        if (!page.has_more) page.files.push_back({file, live_placements_of(id)});
        return page.has_more;
    };
    if (query.is_ascending) {
        auto const first = query.after ? all.upper_bound(*query.after) : all.begin();
        std::ignore = std::find_if(first, all.end(), take);
    } else {
        auto const last = query.after ? all.lower_bound(*query.after) : all.end();
        std::ignore = std::find_if(std::make_reverse_iterator(last), all.rend(), take);
    }
    return page;
}

Result<DeletedFile> Tables::delete_file(PrincipalId const& owner, FileId const& id) {
    auto const* const file = owned(owner, id);
    if (file == nullptr) return fail(unknown_file(id));
    DeletedFile deleted{.file = *file};
    copies_.erase(copy_key(file->owner, file->sha256, file->purpose, file->name));
    auto const mine = files_of_.find(owner);
    mine->second.erase(id);
    if (mine->second.empty()) files_of_.erase(mine);
    auto const users = blob_users_.find(file->sha256);
    deleted.is_blob_unused = --users->second == 0;
    if (deleted.is_blob_unused) blob_users_.erase(users);
    files_.erase(id);
    deleted.orphaned = unlink(id);
    return deleted;
}

Result<void> Tables::set_file_status(FileId const& id, FileStatus status,
                                     std::string const& details) {
    auto const file = files_.find(id);
    if (file == files_.end()) return fail(unknown_file(id));
    if (status == FileStatus::failed && file->second.status == FileStatus::placed) return {};
    file->second.status = status;
    file->second.status_details = details;
    return {};
}

Result<bool> Tables::is_blob_used(Sha256Digest const& sha256) const {
    return blob_users_.contains(sha256);
}

std::optional<PlacementRecord> Tables::find_placement(PlacementKey const& key, WallTime now) const {
    auto const live = live_.find(live_key(key));
    if (live == live_.end()) return std::nullopt;
    auto const& placement = placements_.at(live->second);
    if (has_expired(placement, now)) return std::nullopt;
    return placement;
}

Result<std::optional<PlacementRecord>> Tables::link_placement(FileId const& file,
                                                              PlacementId const& placement) {
    if (!files_.contains(file)) return fail(unknown_file(file));
    auto const known = placements_.find(placement);
    if (known == placements_.end()) return fail(unknown_placement(placement));
    if (known->second.status != PlacementStatus::live) return fail(placement_not_live(placement));
    bool const is_new = !placements_of_[file].contains(placement);
    link(file, placement);
    return is_new ? std::optional(known->second) : std::nullopt;
}

Result<void> Tables::set_placement_status(PlacementId const& id, PlacementStatus status) {
    auto const known = placements_.find(id);
    if (known == placements_.end()) return fail(unknown_placement(id));
    auto const holder = live_.find(live_key(known->second.key));
    if (status == PlacementStatus::live && holder != live_.end() && holder->second != id) {
        return fail(key_has_live_placement(known->second.key));
    }
    change_status(known->second, status);
    return {};
}

std::vector<PlacementRecord> Tables::placements_with_status(PlacementStatus status,
                                                            std::size_t limit) const {
    std::vector<PlacementRecord> found;
    for (auto const& [id, placement] : placements_) {
        if (found.size() == std::min(limit, list_limit_max)) break;
        if (placement.status == status) found.push_back(placement);
    }
    return found;
}

// Walks all placements, once.
std::vector<ProviderFileId> Tables::recorded_copies(ProviderName const& provider,
                                                    AccountName const& account,
                                                    std::vector<ProviderFileId> const& ids) const {
    std::set<ProviderFileId> const asked(ids.begin(), ids.end());
    std::set<ProviderFileId> recorded;
    for (auto const& [id, placement] : placements_) {
        if (placement.key.provider != provider || placement.key.account != account) continue;
        if (asked.contains(placement.provider_file_id)) recorded.insert(placement.provider_file_id);
    }
    std::vector<ProviderFileId> found;
    std::ranges::copy_if(ids, std::back_inserter(found),
                         [&](ProviderFileId const& id) { return recorded.contains(id); });
    return found;
}

Result<void> Tables::begin_intent(IntentRecord const& intent) {
    if (!files_.contains(intent.file)) return fail(unknown_file(intent.file));
    return intents_.add(intent);
}

Result<void> Tables::finish_intent(IntentId const& intent, PlacementRecord const& placement) {
    auto const* const open = intents_.find(intent);
    bool const is_known = placements_.contains(placement.id);
    if (open == nullptr) {
        if (is_known) return {};  // finished before, and told again
        return fail(intent_not_open(intent));
    }
    auto const file = open->file;
    bool const has_file = files_.contains(file);
    if (is_known) return fail(id_is_taken(placement.id.text()));
    if (has_file) TRY(claim_key(placement.key, placement.created_at));
    intents_.remove(intent);
    if (!has_file) {
        insert(placement, PlacementStatus::deleting);
        return fail(file_gone_meanwhile());
    }
    insert(placement, PlacementStatus::live);
    link(file, placement.id);
    return {};
}

Result<void> Tables::discard_intent(IntentId const& intent, PlacementRecord const& placement) {
    bool const is_open = intents_.find(intent) != nullptr;
    bool const is_known = placements_.contains(placement.id);
    if (!is_open && is_known) return {};  // discarded before, and told again
    if (!is_open) return fail(intent_not_open(intent));
    if (is_known) return fail(id_is_taken(placement.id.text()));
    intents_.remove(intent);
    insert(placement, PlacementStatus::deleting);
    return {};
}

std::vector<PurposeMemory> Tables::purpose_memories() const {
    std::vector<PurposeMemory> found;
    for (auto const& [key, worked] : memories_) {
        auto const& [provider, account, asked] = key;
        found.push_back(
            {.provider = provider, .account = account, .asked = asked, .worked = worked});
    }
    return found;
}

void Tables::remember_purpose(PurposeMemory const& memory) {
    memories_[{memory.provider, memory.account, memory.asked}] = memory.worked;
}

FileRecord const* Tables::owned(PrincipalId const& owner, FileId const& id) const {
    auto const file = files_.find(id);
    return file != files_.end() && file->second.owner == owner ? &file->second : nullptr;
}

std::vector<PlacementRecord> Tables::live_placements_of(FileId const& file) const {
    std::vector<PlacementRecord> found;
    auto const linked = placements_of_.find(file);
    if (linked == placements_of_.end()) return found;
    for (auto const& id : linked->second) {
        auto const& placement = placements_.at(id);
        if (placement.status == PlacementStatus::live) found.push_back(placement);
    }
    std::ranges::sort(found, {}, [](PlacementRecord const& placement) {
        return std::pair(placement.created_at, placement.id);
    });
    return found;
}

// Ends the file's links; answers with the placements no other file is linked to, now `deleting`.
std::vector<PlacementRecord> Tables::unlink(FileId const& file) {
    auto const placements = live_placements_of(file);
    for (auto const& id : placements_of_[file])
        files_placed_by_[id].erase(file);
    placements_of_.erase(file);
    std::vector<PlacementRecord> orphaned;
    for (auto const& placement : placements) {
        if (!files_placed_by_[placement.id].empty()) continue;
        auto& orphan = placements_.at(placement.id);
        change_status(orphan, PlacementStatus::deleting);
        orphaned.push_back(orphan);
    }
    return orphaned;
}

void Tables::link(FileId const& file, PlacementId const& placement) {
    placements_of_[file].insert(placement);
    files_placed_by_[placement].insert(file);
    auto& record = files_.at(file);
    record.status = FileStatus::placed;
    record.status_details.clear();
}

// The status, and that of the files that are linked: `placed` means that a live placement is there.
void Tables::change_status(PlacementRecord& placement, PlacementStatus status) {
    placement.status = status;
    auto const live = live_.find(live_key(placement.key));
    if (status == PlacementStatus::live) {
        live_[live_key(placement.key)] = placement.id;
    } else if (live != live_.end() && live->second == placement.id) {
        live_.erase(live);
    }
    for (auto const& id : files_placed_by_[placement.id]) {
        auto& file = files_.at(id);
        if (status == PlacementStatus::live) {
            file.status = FileStatus::placed;
            file.status_details.clear();
        } else if (file.status == FileStatus::placed && live_placements_of(id).empty()) {
            file.status = FileStatus::kept;
        }
    }
}

// A live placement past the provider's retention makes room; any other keeps its place.
Result<void> Tables::claim_key(PlacementKey const& key, WallTime now) {
    auto const live = live_.find(live_key(key));
    if (live == live_.end()) return {};
    auto& holder = placements_.at(live->second);
    if (!has_expired(holder, now)) return fail(key_has_live_placement(key));
    change_status(holder, PlacementStatus::deleting);
    return {};
}

void Tables::insert(PlacementRecord placement, PlacementStatus status) {
    placement.status = status;
    if (status == PlacementStatus::live) live_[live_key(placement.key)] = placement.id;
    placements_.emplace(placement.id, std::move(placement));
}

Tables::CopyKey Tables::copy_key(PrincipalId const& owner, Sha256Digest const& sha256,
                                 Purpose const& purpose, std::string const& name) {
    return {owner, sha256, purpose, name};
}

Tables::LiveKey Tables::live_key(PlacementKey const& key) {
    return {key.provider, key.account, key.purpose, key.sha256};
}

}  // namespace filegate::catalog::memory
