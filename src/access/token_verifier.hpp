#pragma once
// Who sent this token? The whole check, in this order: form and size, shared token, what was
// checked a moment ago, header, signature, claims, revocation.

#include "access/grace.hpp"
#include "access/key_cache.hpp"
#include "access/revocations.hpp"
#include "access/token_options.hpp"
#include "access/verified_tokens.hpp"

namespace filegate::access {

inline constexpr std::size_t token_bytes_max = 8 << 10;

// The id of whoever comes with the shared token.
inline constexpr std::string_view shared_token_principal = "shared-token";

struct TokenVerifierParts {
    net::HttpClient& http;  // for keys behind a URL
    WorkerPool& workers;    // for keys in a file
    Clock const& clock;
    observe::Log& log;
};

// A token's header, checked: one algorithm that is allowed here, and a key id that is only ever
// compared with those of known keys. invalid_token.
Result<KeyWish> parse_token_header(std::string_view token, std::vector<Algorithm> const& allowed);

// Any executor.
class TokenVerifier {
public:
    // `options` were checked by config. load() and, with a shared token, end_grace() go before the
    // first token.
    TokenVerifier(TokenOptions const& options, TokenVerifierParts parts);

    // Reads the keys that lie in files; configuration_error. A URL is read when a token needs it.
    Task<Result<void>> load();
    void end_grace(WallTime when) { grace_.end(when); }
    Revocations& revocations() { return revocations_; }

    // invalid_token, token_expired, overloaded (no keys can be had). `peer_address` is for the log.
    Task<Result<VerifiedToken>> verify(std::string token, std::string peer_address);

    std::string const& issuer() const { return rules_.issuer; }  // empty: any
    seconds leeway() const { return rules_.leeway; }

private:
    Result<VerifiedToken> use_shared_token(std::string const& peer_address);
    Task<Result<VerifiedToken>> check(std::string const& token);
    Task<Result<std::string>> signed_payload(std::string const& token, KeyWish wish);
    Result<VerifiedToken> judge(std::string_view payload) const;
    Result<void> check_not_revoked(VerifiedToken const& token) const;
    std::uint64_t version() const;

    std::vector<Algorithm> algorithms_;
    ClaimRules rules_;
    Scopes default_scopes_;
    Clock const& clock_;
    KeySet fixed_keys_;                  // of the environment
    std::unique_ptr<KeyCache> secrets_;  // of the file; null: none
    std::unique_ptr<KeyCache> jwks_;     // null: none
    bool is_jwks_local_ = false;
    Grace grace_;
    Revocations revocations_;
    VerifiedTokens verified_{4096};
};

// The algorithms that `options` allow: those configured, or those that their keys are for.
std::vector<Algorithm> allowed_algorithms(TokenOptions const& options);

bool is_url(std::string_view place);  // of a JWK set: http:// or https://, else it is a file

}  // namespace filegate::access
