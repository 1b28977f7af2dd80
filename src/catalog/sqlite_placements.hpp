#pragma once
// Placements and purpose memories as rows: what the SQLite catalog's calls do inside a transaction
// somebody else holds.

#include "catalog/catalog.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<std::optional<PlacementRecord>> find_placement(db::Connection& connection,
                                                      PlacementKey const& key, WallTime now);
Result<void> link_placement(db::Connection& connection, FileId const& file,
                            PlacementId const& placement, WallTime now);
Result<void> set_placement_status(db::Connection& connection, PlacementId const& placement,
                                  PlacementStatus status);
Result<std::vector<PlacementRecord>> placements_with_status(db::Connection& connection,
                                                            PlacementStatus status,
                                                            std::size_t limit);
Result<std::vector<ProviderFileId>> recorded_copies(db::Connection& connection,
                                                    ProviderName const& provider,
                                                    AccountName const& account,
                                                    std::vector<ProviderFileId> const& ids);
Result<std::vector<PlacementRecord>> live_placements_of(db::Connection& connection,
                                                        FileId const& file);
// Ends the file's links; answers with the placements no other file is linked to, now `deleting`.
Result<std::vector<PlacementRecord>> unlink_placements(db::Connection& connection,
                                                       FileId const& file);

// Takes the intent out. False: the file is gone, and the placement is kept as `deleting` so that
// its copy is not lost.
Result<bool> finish_intent(db::Connection& connection, IntentId const& intent,
                           PlacementRecord const& placement);
// Takes the intent out; the placement is `deleting`.
Result<void> discard_intent(db::Connection& connection, IntentId const& intent,
                            PlacementRecord const& placement);

Result<std::vector<PurposeMemory>> purpose_memories(db::Connection& connection);
Result<void> remember_purpose(db::Connection& connection, PurposeMemory const& memory);

}  // namespace filegate::catalog::sqlite
