#pragma once
// Numbered schema changes, each applied once and in its own transaction. schema_migrations keeps
// which, so that a changed or newer history is refused instead of guessed at.

#include <span>
#include <string_view>

#include "db/sqlite.hpp"

namespace filegate::db {

struct Migration {
    std::string_view name;
    std::string_view script;
};

// The first of `migrations` is version 1. Blocks. Safe when two programs start at once.
Result<void> migrate(Connection& connection, std::span<Migration const> migrations,
                     Clock const& clock);

}  // namespace filegate::db
