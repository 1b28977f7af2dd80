#pragma once
// What must outlive a restart about tokens: when the grace of the shared token ends, and which
// tokens were revoked.

#include "access/token_verifier.hpp"
#include "catalog/catalog.hpp"

namespace filegate::gateway {

struct TokenKeeperParts {
    catalog::Catalog& catalog;
    access::TokenVerifier& verifier;
    Clock const& clock;
    observe::Log& log;
};

// Any executor.
class TokenKeeper {
public:
    explicit TokenKeeper(TokenKeeperParts parts) : parts_(parts) {}

    // Before the first request: reads the keys in files, the revocations, and, when there is a
    // shared token, settles the end of its grace. A grace that is counted from the first start ends
    // when it was first said to end, whatever the configuration says later.
    Task<Result<void>> restore(access::TokenOptions const& options);

    // The token is refused from the moment this is called; when it returns, also after a restart.
    Task<Result<void>> revoke(catalog::Cause by, access::Revocation revocation);

private:
    Task<Result<void>> settle_grace(access::TokenOptions const& options);
    Task<Result<void>> write_down(catalog::Cause by, access::Revocation revocation, WallTime now);

    TokenKeeperParts parts_;
};

}  // namespace filegate::gateway
