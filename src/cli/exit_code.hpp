#pragma once
// What the process ends with, one number per kind of failure, so that a script can decide.

#include <span>
#include <string_view>

#include "base/error.hpp"

namespace filegate::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_usage = 2;

struct ExitCodeRow {
    int code;
    std::string_view name;
    std::string_view meaning;
};

// In the order of their numbers; `filegate --help` prints it.
std::span<ExitCodeRow const> exit_codes();

// Of several failures the first one decides.
int exit_code(ErrorCode code);

}  // namespace filegate::cli
