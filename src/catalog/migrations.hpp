#pragma once
// The history of the SQLite catalog's schema. Released entries never change; a change is a new one.

#include <span>

#include "db/migrate.hpp"

namespace filegate::catalog {

// Marks a file as a Filegate catalog: "FGct".
inline constexpr std::int32_t catalog_application_id = 0x46476374;

std::span<db::Migration const> sqlite_migrations();

}  // namespace filegate::catalog
