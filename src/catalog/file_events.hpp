#pragma once
// The audit rows of what happens to files, in the same words from every catalog.

#include "catalog/queries.hpp"

namespace filegate::catalog {

EventRecord file_added(NewFile const& asked, AddedFile const& added);
EventRecord file_delivered(FileRecord const& file, PlacementRecord const& placement);
EventRecord file_linked(FileRecord const& file, PlacementRecord const& placement, WallTime now);
EventRecord file_deleted(FileRecord const& file, Cause const& cause, WallTime now);

}  // namespace filegate::catalog
