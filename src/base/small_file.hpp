#pragma once
// A file that a person wrote for us: configuration, keys, certificates.

#include <expected>
#include <filesystem>
#include <string>

namespace filegate {

// Blocks. A regular file of at most `bytes_max`; the error says why not, in words for an operator.
std::expected<std::string, std::string> read_small_file(std::filesystem::path const& path,
                                                        std::size_t bytes_max);

}  // namespace filegate
