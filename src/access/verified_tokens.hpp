#pragma once
// Tokens that were checked a moment ago, by the SHA-256 of their text: a client sends the same one
// with every request, and a signature costs more than a digest. Only tokens whose signature was
// right get in, so strangers cannot fill it.

#include <array>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "access/token_claims.hpp"
#include "base/digest.hpp"

namespace filegate::access {

// What is left of a token once its signature has been checked.
struct VerifiedToken {
    PrincipalId subject;
    Scopes scopes;
    WallTime expires_at;  // leeway included: from then on it is refused
    std::optional<WallTime> issued_at;
    std::string id;  // jti; empty: none
};

// Any thread.
class VerifiedTokens {
public:
    // Counted in tokens, over all shelves.
    explicit VerifiedTokens(std::size_t tokens_max) : shelf_tokens_max_(tokens_max / shelves) {}

    // None: unknown, or kept with another version of the keys, or longer than it is kept.
    std::optional<VerifiedToken> find(Sha256Digest const& digest, std::uint64_t version,
                                      MonotonicTime now);
    void keep(Sha256Digest const& digest, VerifiedToken token, std::uint64_t version,
              MonotonicTime now);
    std::size_t size() const;

private:
    static constexpr std::size_t shelves = 8;  // so that network threads do not wait for each other
    static constexpr seconds kept_for{10};

    struct Entry {
        VerifiedToken token;
        std::uint64_t version = 0;
        MonotonicTime kept_until;
    };
    struct Shelf {
        mutable std::mutex mutex;
        std::unordered_map<Sha256Digest, Entry> entries;
        std::deque<Sha256Digest> by_age;  // oldest first; each entry once
    };
    Shelf& shelf_of(Sha256Digest const& digest) { return shelves_[digest.bytes[31] % shelves]; }

    std::size_t shelf_tokens_max_;
    std::array<Shelf, shelves> shelves_;
};

}  // namespace filegate::access
