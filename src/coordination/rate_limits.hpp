#pragma once
// How much each caller has done lately, counted in token buckets and shared by everybody who serves
// the same callers. Every implementation passes rate_limits_conformance.hpp. Any executor may call.

#include <string>

#include "base/task.hpp"
#include "coordination/token_bucket.hpp"

namespace filegate::coordination {

enum class Metered : std::uint8_t { requests, bytes, failed_logins };
enum class Whom : std::uint8_t { principal, address };

struct RateKey {
    std::string door;  // http: each door counts for itself
    Whom whom = Whom::principal;
    std::string name;
    Metered what = Metered::requests;
};

// Memory is bounded however many callers there are. Where it is full, those who have done least
// lately are forgotten; nobody is refused because of others. One that cannot ask its server counts
// by itself: a limit that cannot be looked up does not stop anybody's work.
class RateLimits {
public:
    virtual ~RateLimits() = default;

    // 0: taken. Else nothing was, and after that time it will be there, if nobody else takes it.
    virtual Task<nanoseconds> take(RateKey key, Rate rate, std::uint64_t units) = 0;
    // The same for one unit, which is left there.
    virtual Task<nanoseconds> look(RateKey key, Rate rate) = 0;
    // What was used already. Never waits.
    virtual void charge(RateKey const& key, Rate const& rate, std::uint64_t units) noexcept = 0;
};

}  // namespace filegate::coordination
