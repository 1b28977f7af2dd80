#pragma once
// What the doctor says about one part of a gateway.

#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace filegate::cli {

struct Finding {
    enum class State : std::uint8_t {
        well,
        impaired,  // a warning: it works, or will again by itself
        unwell,
        skipped,  // could not be looked at, which is no fault
    };
    std::string part;
    State state = State::well;
    std::string what;                                // and what to do about it
    ErrorCategory category = ErrorCategory::system;  // that it counts to when it is unwell
};

// One line each: a mark, the part, what is to be said.
std::string findings_table(std::span<Finding const> findings);
// {"part":"data folder","state":"well","what":"..."}, one line each.
std::string findings_json(std::span<Finding const> findings);

// exit_ok unless something is unwell; then the highest of its exit codes.
int exit_code(std::span<Finding const> findings);

}  // namespace filegate::cli
