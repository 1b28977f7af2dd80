#pragma once
// The token that the client verbs send.

#include <expected>
#include <string>

#include "base/secret.hpp"

namespace filegate::cli {

// The first line of `file`, or, without one, `variable`, which may be empty. The error is for the
// user and does not quote the token.
std::expected<Secret, std::string> token_for_server(std::string const& file,
                                                    std::string const& variable);

}  // namespace filegate::cli
