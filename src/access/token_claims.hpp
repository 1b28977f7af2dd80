#pragma once
// What a token says (RFC 7519), and whether it may be believed now. Pure: signatures are
// signing_key's, revocations revocations'.

#include <optional>
#include <string>
#include <vector>

#include "access/principal.hpp"
#include "base/result.hpp"

namespace filegate::access {

inline constexpr std::size_t subject_bytes_max = 255;
inline constexpr std::size_t token_id_bytes_max = 255;

struct TokenClaims {
    PrincipalId subject;
    WallTime expires_at;
    std::optional<WallTime> not_before;
    std::optional<WallTime> issued_at;
    std::string issuer;  // empty: none
    std::vector<std::string> audience;
    std::optional<Scopes> scopes;  // none: it has no scope claim; words of others are left out
    std::string id;                // jti; empty: none
};

struct ClaimRules {
    std::string issuer;                 // empty: any
    std::vector<std::string> audience;  // it must name one of these; empty: any
    seconds leeway{30};                 // for clocks that differ
};

// invalid_token: a claim is missing that must be there, or one has a form it may not have.
Result<TokenClaims> parse_claims(std::string_view json);

// token_expired, or invalid_token with the claim at fault. What the token says is not quoted.
Result<void> check_claims(TokenClaims const& claims, ClaimRules const& rules, WallTime now);

// "files:read files:write"; unknown words are left out.
Scopes scopes_of_words(std::string_view words);

// 1 to `bytes_max` bytes of UTF-8 without control characters: fit to be a name in records and logs.
bool is_bounded_name(std::string_view text, std::size_t bytes_max);

}  // namespace filegate::access
