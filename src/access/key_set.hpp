#pragma once
// The keys that tokens may be signed with, and which of them a token's header means.

#include <vector>

#include "access/signing_key.hpp"
#include "base/result.hpp"

namespace filegate::access {

inline constexpr std::size_t keys_max = 32;
inline constexpr std::size_t key_text_bytes_max = 256 << 10;

// What a token's header says of its key.
struct KeyWish {
    Algorithm algorithm = Algorithm::hs256;
    std::string id;  // empty: none
};

class KeySet {
public:
    // A JWK Set (RFC 7517). Keys of other kinds are left out, as its section 5 asks; a set with
    // more than keys_max is refused, one without a usable key is not.
    static Result<KeySet> of_jwks(std::string_view text);

    // One secret a line, newest first: `kid:secret`, or `secret` alone when it has no colon. Lines
    // that are empty or begin with # are left out.
    static Result<KeySet> of_secrets(std::string_view text);

    void add(SigningKey key) { keys_.push_back(std::move(key)); }
    bool is_empty() const { return keys_.empty(); }
    std::vector<SigningKey> const& keys() const { return keys_; }

    // Every key that may have signed such a token. A key with the wished id is the only one; a
    // token without id may be of any key, and one with an unknown id of a key that has none:
    // whoever configures a secret need not know how its issuer calls it.
    std::vector<SigningKey const*> matching(KeyWish const& wish) const;

private:
    std::vector<SigningKey> keys_;
};

// A secret shorter than this is weaker than the signature (RFC 7518 section 3.2).
inline constexpr std::size_t secret_bytes_advised = 32;
inline constexpr std::size_t secret_bytes_min = 16;

bool is_key_id(std::string_view text);  // as the secrets' file writes them: [A-Za-z0-9._-]

// A line of the secrets' file.
struct NamedSecret {
    std::string id;  // empty: none
    Secret secret;
};
Result<std::vector<NamedSecret>> parse_secrets(std::string_view text);

}  // namespace filegate::access
