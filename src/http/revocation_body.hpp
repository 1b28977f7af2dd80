#pragma once
// The body of POST /v1/admin/tokens/revoke. Pure.

#include <string_view>

#include "access/revocations.hpp"
#include "base/result.hpp"

namespace filegate::http {

// {"jti": "..."} or {"sub": "...", "issued_before": seconds}, either with "until": seconds; null
// means "not given". validation_failed says what is wrong: two names or none, a name that no token
// has, a time that is none, a member that means nothing here.
Result<access::Revocation> parse_revocation(std::string_view json);

}  // namespace filegate::http
