#pragma once
// The layout below the data folder; ARCHITECTURE.md names it.

#include <string_view>

namespace filegate::app {

inline constexpr std::string_view catalog_file = "catalog.db";
inline constexpr std::string_view blobs_folder = "blobs";
inline constexpr std::string_view staging_folder = "staging";

}  // namespace filegate::app
