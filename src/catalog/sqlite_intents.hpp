#pragma once
// Intents as rows: what the SQLite catalog's calls do inside a transaction somebody else holds.
// Finishing one is in sqlite_placements.hpp.

#include "catalog/catalog.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<void> begin_intent(db::Connection& connection, IntentRecord const& intent);
// Takes the intent out; answers with its file, or with nothing when it was not open.
Result<std::optional<FileId>> close_intent(db::Connection& connection, IntentId const& intent);
Result<void> note_finding(db::Connection& connection, IntentId const& intent,
                          std::string const& finding, WallTime now);

Result<std::vector<IntentRecord>> open_intents(db::Connection& connection, std::size_t limit,
                                               std::optional<IntentRecord> const& after);
Result<std::vector<IntentRecord>> open_intents_of(db::Connection& connection,
                                                  PlacementKey const& key);
Result<std::vector<IntentRecord>> open_intents_like(db::Connection& connection,
                                                    PlacementKey const& key, std::uint64_t bytes);

}  // namespace filegate::catalog::sqlite
