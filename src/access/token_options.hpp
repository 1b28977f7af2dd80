#pragma once
// How tokens are checked, as configured. config/ fills it, token_verifier and token_issuer use it.

#include <string>
#include <vector>

#include "base/secret.hpp"

namespace filegate::access {

struct TokenOptions {
    std::vector<std::string> secret_env{"JWT_SECRET_KEY", "SUPABASE_JWT_SECRET"};
    std::string secret_file;              // key_set.cpp has its grammar; empty: none
    std::string jwks;                     // a file or a URL; empty: none
    std::vector<std::string> algorithms;  // empty: what the configured keys are for
    std::string issuer;                   // empty: any
    std::vector<std::string> audience;    // one of these; empty: any
    std::vector<std::string> default_scopes{"files:read", "files:write", "files:query"};
    std::vector<std::string> shared_token_env{"EXAI_WS_TOKEN"};
    std::string grace_ends = "14d";

    Secret secret;        // of the first variable of secret_env that is set
    Secret shared_token;  // of the first of shared_token_env

    bool has_keys() const { return !secret.is_empty() || !secret_file.empty() || !jwks.empty(); }
};

}  // namespace filegate::access
