#pragma once
// Who, how much, from where. Without configured authentication everybody is the principal `local`,
// and the server listens on loopback only. Tokens (token_verifier.hpp), quotas and rate limits take
// their places here: enter() and admit() are the only ways in.

#include <optional>
#include <string_view>

#include "access/principal.hpp"
#include "access/rate_gate.hpp"
#include "access/token_verifier.hpp"
#include "access/upload_grant.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace filegate::access {

struct AccessOptions {
    std::uint64_t file_bytes_max = 512ULL << 20;  // per file, whatever the provider takes
    RateOptions rates;
};

// What the door knows of a body's length before its first byte. A form's Content-Length covers more
// than the file, so it bounds the file from both sides; a raw body's is exact.
struct DeclaredSize {
    std::uint64_t at_least = 0;
    std::optional<std::uint64_t> at_most;  // none: unknown
};

// Why a body of this size need not be sent at all; none: it may come.
std::optional<Error> size_refusal(std::uint64_t bytes_max, DeclaredSize declared);

// What a caller shows at the door.
struct Credentials {
    std::optional<std::string> authorization;  // the header's value, when sent
    bool is_ambiguous = false;                 // several such headers were sent
    std::string peer_address;
};

// What Access works with; each outlives it.
struct AccessParts {
    TokenVerifier* tokens = nullptr;                  // none: no authentication is configured
    QuotaLedger* ledger = nullptr;                    // none: quotas are not kept
    coordination::RateLimits* rate_limits = nullptr;  // none: nobody is slowed
};

class Access {
public:
    explicit Access(AccessOptions options, AccessParts parts = {});

    // unauthorized: nothing was sent; invalid_token, token_expired; validation_failed: several
    // tokens at once; overloaded: no key to check with.
    Task<Result<Principal>> authenticate(Credentials credentials);
    bool has_authentication() const { return parts_.tokens != nullptr; }
    TokenVerifier const* tokens() const { return parts_.tokens; }

    // Before anything is looked at: may this address go on? Health checks do not ask, and where
    // everybody is `local` nobody is limited. Else rate_limited.
    Task<Result<void>> check_address(Arrival arrival);

    // rate_limited. For each of what one request asks for many of, and as part of enter().
    Task<Result<void>> check_rate(Principal const& caller, Arrival arrival);

    // What a caller must pass before a door does what it wants, in this order: authenticate(), the
    // principal's rate (rate_limited), the scope (permission_denied). A wrong token counts against
    // its address. `caller` is set as soon as it is known who it is, also when it is refused.
    Task<Result<void>> enter(Credentials credentials, Arrival arrival, Scope needed,
                             std::optional<Principal>& caller);

    // permission_denied, naming the scope that is missing.
    static Result<void> check_scope(Principal const& caller, Scope needed);

    // What came of a body; never waits.
    void note_received(Principal const& caller, Arrival const& arrival,
                       std::uint64_t bytes) noexcept;
    bool limits_rates() const { return has_authentication() && rate_gate_.has_value(); }

    // Nobody: for what needs no credentials. May do nothing.
    static Principal anonymous();

    // The answer before the first byte: refuses a declared length beyond the limit and one upload
    // too many at once (rate_limited), and reserves quota for it, or for the largest file that may
    // come. quota_exceeded when it is not left; when the ledger cannot be asked, its error.
    Task<Result<UploadGrant>> admit(Principal const& caller, DeclaredSize declared);

    // None: quotas are not kept.
    Task<Result<std::optional<QuotaView>>> quota(Principal const& caller);

    std::uint64_t file_bytes_max() const { return options_.file_bytes_max; }
    RateOptions const& rates() const { return options_.rates; }

private:
    void note_refused_login(Arrival const& arrival, Error const& error) noexcept;
    Result<std::optional<PlaceCounts::Place>> place_of_upload(Principal const& caller);

    AccessOptions options_;
    AccessParts parts_;
    PlaceCounts uploads_;
    std::optional<RateGate> rate_gate_;
};

}  // namespace filegate::access
