#pragma once
// The catalog in memory: for the demo mode and for tests. Gone when the process ends.

#include "catalog/catalog.hpp"

namespace filegate::catalog {

std::unique_ptr<Catalog> make_memory_catalog();

}  // namespace filegate::catalog
