#pragma once
// The table of keys, shown.

#include <string>

#include "config/settings.hpp"

namespace filegate::config {

// config/filegate.toml: every key with its default and its line of doc.
std::string reference_toml();

// A page of the docs.
std::string reference_markdown();

// JSON Schema (draft 2020-12) of the file, for editors that check TOML.
std::string json_schema();

// Every key with its value and where it came from, as TOML with comments. Secrets are hidden.
std::string show_settings(LoadedSettings const& loaded);

}  // namespace filegate::config
