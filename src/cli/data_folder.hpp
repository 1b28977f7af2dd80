#pragma once
// The data folder as it lies on the disk, looked at from outside: without the process that has it,
// and without changing it.

#include <filesystem>
#include <optional>

#include "cli/finding.hpp"

namespace filegate::cli {

struct FolderFacts {
    std::filesystem::path path;  // absolute
    bool exists = false;
    // Of the folder or, when it does not exist, of the nearest one above it, in which it would be
    // made. `problem` is the system's word, empty: none.
    std::filesystem::path nearest;
    std::string problem;  // why nothing can be written there
    std::optional<std::uint64_t> free_bytes;
    bool has_free_names = true;  // inodes
    bool is_held = false;        // a gateway runs on it
    std::string holder;          // its process id, when it can be read
};

// Blocks.
FolderFacts look_at_data_folder(std::filesystem::path const& folder);

std::vector<Finding> folder_findings(FolderFacts const& facts, std::uint64_t file_bytes_max);

}  // namespace filegate::cli
