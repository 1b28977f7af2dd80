#pragma once
// The Authorization header (RFC 9110 section 11.6.2, RFC 6750 section 2.1).

#include "base/result.hpp"

namespace filegate::access {

// The token of `Bearer TOKEN`, the scheme in any case. unauthorized: another scheme; invalid_token:
// no token behind it, or one with characters that no token has.
Result<std::string_view> bearer_token(std::string_view authorization);

}  // namespace filegate::access
