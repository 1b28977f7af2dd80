#pragma once
// Makes tokens and secrets for operators: `filegate token issue | inspect | rotate`. A server never
// calls this.

#include <filesystem>

#include "access/key_set.hpp"
#include "access/token_claims.hpp"
#include "access/token_options.hpp"
#include "base/random.hpp"

namespace filegate::access {

struct IssueWish {
    PrincipalId subject;
    Scopes scopes;
    seconds lifetime{3600};
    std::string key_id;  // empty: the newest secret
};

// An HS256 token with the configured issuer and first audience and an id of its own, signed with
// one of `secrets`. configuration_error: there is no such secret; validation_failed: a bad wish.
Result<std::string> issue_token(IssueWish const& wish, TokenOptions const& options,
                                std::vector<NamedSecret> const& secrets, WallTime now,
                                Random& random);

// The secrets that the configuration names, newest first: those of the file, then the variable's.
// `file_text` is what the file holds.
Result<std::vector<NamedSecret>> secrets_of(TokenOptions const& options,
                                            std::string_view file_text);

// Header and claims as JSON on one line each, without any check of who signed it.
struct TokenText {
    std::string header;
    std::string claims;
};
std::optional<TokenText> read_token(std::string_view token);

// The file's text with a new random secret as its newest line; the others stay. validation_failed:
// the id is none, or there already.
Result<std::string> with_new_secret(std::string_view file_text, std::string const& key_id,
                                    Random& random);

}  // namespace filegate::access
