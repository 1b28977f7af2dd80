#pragma once
// What was named on the command line -> the files meant.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace filegate::cli {

inline constexpr std::size_t expanded_paths_max = 100'000;

struct ExpandedPath {
    std::string path;  // "-": standard input
    std::optional<Error> refusal;
};

enum class Folders : std::uint8_t { refused, recursive };

// Blocks. A quoted glob is expanded as a shell would; a folder gives its regular files, sorted,
// without hidden ones and without following links. What means nothing keeps its place, with a
// refusal: it must not stop the others.
std::vector<ExpandedPath> expand_paths(std::vector<std::string> const& paths, Folders folders);

}  // namespace filegate::cli
