#pragma once
// What toml++ had better not see: it bounds nested values but not dotted keys, and walks and
// destroys its tables recursively, so that a long row of dots would overflow the stack.

#include <optional>
#include <string_view>

namespace filegate::contracts {

struct TomlDanger {
    int line = 0;
    std::string_view message;
};

std::optional<TomlDanger> find_toml_danger(std::string_view text);

}  // namespace filegate::contracts
