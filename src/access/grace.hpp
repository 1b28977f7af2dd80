#pragma once
// The old shared token, which is taken beside JWT until an absolute end (SPEC section 6). The end
// is a date of the configuration, or counted from the first start and then kept in the catalog.

#include <mutex>
#include <string_view>

#include "base/date.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "observe/log.hpp"

namespace filegate::access {

// "2026-12-05", "2026-12-05T18:00:00Z" (an absolute end) or "14d", "36h" (from the first start on).
struct GraceEnd {
    std::optional<WallTime> at;
    milliseconds after{0};  // when there is no `at`
};
std::optional<GraceEnd> parse_grace_end(std::string_view text);

// The form of a JWT: what looks like one is judged as one only, so that a broken JWT is never
// taken for the shared token.
bool has_jwt_form(std::string_view token);

// Any thread, once end() was called.
class Grace {
public:
    Grace(Secret const& shared_token, Clock const& clock, observe::Log& log);

    void end(WallTime when) { ends_at_ = when; }

    // Is it the shared token at all? Takes the same time whatever the difference.
    bool is_shared_token(std::string_view token) const;
    // token_expired when the grace is over. Each use is a warning in the log: the first at once,
    // then one line a minute that says how many there were.
    Result<WallTime> use(std::string const& peer_address);

private:
    void warn(std::string const& peer_address);

    Sha256Digest digest_;
    bool is_configured_;
    std::optional<WallTime> ends_at_;
    Clock const& clock_;
    observe::Log& log_;
    std::mutex mutex_;
    std::optional<MonotonicTime> warned_at_;
    std::int64_t uses_ = 0;  // since then
};

}  // namespace filegate::access
