#pragma once
// A TOML file as a flat list of dotted keys. The only place that knows toml++ is toml_file.cpp.

#include "config/key_value.hpp"
#include "config/settings.hpp"

namespace filegate::config {

inline constexpr std::size_t file_bytes_max = 256 * 1024;

struct Entry {
    std::string key;  // server.port
    Written value;
    int line = 0;
    int column = 0;
};

struct TomlFile {
    std::vector<Entry> entries;  // in the order in which they are written
    std::vector<Problem> problems;
};

TomlFile read_toml(std::string_view text, std::string const& file_name);

}  // namespace filegate::config
