#pragma once
// What operators do with tokens on the machine where the secrets are: `filegate token issue |
// inspect | rotate`. Blocks on small files.

#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "config/settings.hpp"
#include "net/http_client.hpp"

namespace filegate::app {

struct TokenWish {
    std::string subject;
    std::string scopes;  // words with blanks between
    seconds lifetime{3600};
    std::string key_id;  // empty: the newest secret's
};

Result<std::string> issue_token(config::Settings const& settings, TokenWish const& wish,
                                Clock const& clock, Random& random);

// What a token says, and whether a server with this configuration would take it.
struct TokenFindings {
    std::string header;  // JSON on one line
    std::string claims;
    std::optional<Error> refusal;  // none: it would be taken
    std::string subject;           // when it would
    std::string scopes;
};

struct InspectTools {
    net::HttpClient& http;
    WorkerPool& workers;
    Clock const& clock;
};

// Revocations are the server's to know. validation_failed: no token at all.
Task<Result<TokenFindings>> inspect_token(config::Settings const& settings, std::string token,
                                          InspectTools tools);

// What a revocation needs to know of a token, whoever signed it.
struct TokenNames {
    std::string id;  // jti; empty: none
    std::string subject;
    WallTime expires_at;
};
Result<TokenNames> names_in(std::string const& token);

// Writes a new random secret in front of the others in the configured file, which is made when it
// is not there: whole or not at all, readable by its owner only. Answers with its key id.
Result<std::string> rotate_secret(config::Settings const& settings, std::string key_id,
                                  Clock const& clock, Random& random);

}  // namespace filegate::app
