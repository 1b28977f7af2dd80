#pragma once
// What a check of a file came to. Three states: that a check could not run says nothing about the
// file, and what follows from it is the operator's to decide.

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/result.hpp"

namespace filegate::ingest {

struct Verdict {
    enum class State : std::uint8_t { clean, refused, not_checked } state = State::clean;
    // Refused: the answer. Not checked: why, as the answer where such files are refused.
    Error error;
};

inline Verdict refused(ErrorCode code, std::string message) {
    return {Verdict::State::refused, Error{.code = code, .message = std::move(message)}};
}

inline Verdict not_checked(ErrorCode code, std::string message, std::string detail = {}) {
    return {Verdict::State::not_checked,
            Error{.code = code, .message = std::move(message), .detail = std::move(detail)}};
}

enum class Unchecked : std::uint8_t { refuse, accept };

// The answer that a verdict means: an error, or what was left unchecked (empty: nothing).
Result<std::string> settle(Verdict verdict, Unchecked policy);

}  // namespace filegate::ingest
