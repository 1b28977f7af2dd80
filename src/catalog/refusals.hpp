#pragma once
// The catalog's own ways of saying no, in the same words from every implementation.

#include "base/error.hpp"
#include "catalog/records.hpp"

namespace filegate::catalog {

Error unknown_file(FileId const& id);
Error unknown_placement(PlacementId const& id);
Error placement_not_live(PlacementId const& id);
Error key_has_live_placement(PlacementKey const& key);
Error file_gone_meanwhile();
Error intent_not_open(IntentId const& id);
Error id_is_taken(std::string const& id);  // ids are never used twice: a bug of the caller

Error too_many_revocations();

}  // namespace filegate::catalog
