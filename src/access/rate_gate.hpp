#pragma once
// Who has asked too often lately. Addresses are asked about before a token is looked at, principals
// after; each door counts for itself.

#include "access/principal.hpp"
#include "base/result.hpp"
#include "coordination/rate_limits.hpp"

namespace filegate::access {

// Each 0: no limit.
struct RateOptions {
    std::uint64_t requests_per_second = 200;               // of one principal
    std::uint64_t address_requests_per_second = 400;       // of one address
    std::uint64_t failed_logins_per_minute = 30;           // of one address
    std::uint64_t upload_bytes_per_second = 256ULL << 20;  // of one principal, and one address
    std::uint64_t uploads_at_once = 256;                   // of one principal
    seconds burst{10};  // as much as comes in this time may come at once
};

// `limits` outlives it. Refusals are rate_limited, with the seconds after which it will work.
class RateGate {
public:
    RateGate(RateOptions options, coordination::RateLimits& limits)
        : options_(options), limits_(limits) {}

    Task<Result<void>> pass_address(Arrival arrival);
    Task<Result<void>> pass_principal(PrincipalId principal, Arrival arrival);

    // A login that failed. / What was received. Neither waits.
    void note_failed_login(Arrival const& arrival) noexcept;
    void note_bytes(PrincipalId const& principal, Arrival const& arrival,
                    std::uint64_t bytes) noexcept;

private:
    coordination::Rate per_second(std::uint64_t units) const;
    coordination::Rate failed_logins() const;

    RateOptions options_;
    coordination::RateLimits& limits_;
};

}  // namespace filegate::access
