#pragma once
// Which keys the sandbox takes: any, but the ones that let a caller provoke a refusal.
//
//   Bearer bad...         the provider's 401
//   Bearer exhausted...   the provider's 429 of an account without money
//   Bearer a.b.c          at GLM a signed token: the key is its payload's api_key where it can be
//                         read, and an exp (in milliseconds) that has passed is refused

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

std::optional<Complaint> check_credentials(net::Headers const& headers, contracts::IdShape shape,
                                           WallTime now);

}  // namespace filegate::sandbox
