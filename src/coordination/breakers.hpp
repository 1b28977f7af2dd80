#pragma once
// The circuit breakers of all providers and transports, shared by everybody who speaks to them.
// Every implementation passes breakers_conformance.hpp. Any executor may call.

#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "coordination/breaker.hpp"

namespace filegate::coordination {

struct BreakerKey {
    ProviderName provider;
    std::string transport;  // native, openai, plain

    std::string text() const { return provider.text() + "/" + transport; }  // "glm/native"
    friend auto operator<=>(BreakerKey const&, BreakerKey const&) = default;
};

// A breaker as operators and choosers see it. Times are the wall's, so that they can be kept.
struct BreakerView {
    BreakerKey key;
    BreakerPhase phase = BreakerPhase::closed;
    bool is_passable = true;  // a request would be let through now
    int failures = 0;
    int successes = 0;
    seconds wait{0};
    std::optional<WallTime> retry_at;    // when open
    std::optional<WallTime> changed_at;  // when the phase changed or was forced; none: never
    std::string reason;  // of the latest change: "5 failures in a row; HTTP 503 ..."
};

struct BreakerChange {
    BreakerView now;
    BreakerPhase was = BreakerPhase::closed;
    PrincipalId by;  // empty: by itself
};

// Told every change of phase, every success of a probe, and every force() (which may find the phase
// as it wants it: `was` is then the phase of now), each once and before the call that caused it
// returns. What is told of one key comes in the order in which it happened, one at a time, and
// whole even when the caller is cancelled meanwhile. `now` is how it was right after the change,
// and has its changed_at. Must not call the breakers it is told of.
class BreakerJournal {
public:
    virtual ~BreakerJournal() = default;
    virtual Task<void> changed(BreakerChange change) = 0;
};

class Breakers;

// The right to send one request. Ends with succeeded() or failed(), or, when neither is called (the
// request was cancelled, or failed by nobody's fault), by destruction.
class BreakerPermit {
public:
    BreakerPermit(Breakers& breakers, BreakerKey key, BreakerPass pass)
        : breakers_(&breakers), key_(std::move(key)), pass_(pass) {}
    BreakerPermit(BreakerPermit&& other) noexcept
        : breakers_(std::exchange(other.breakers_, nullptr)),
          key_(std::move(other.key_)),
          pass_(other.pass_) {}
    BreakerPermit& operator=(BreakerPermit&&) = delete;
    ~BreakerPermit();

    bool is_probe() const { return pass_.is_probe; }
    Task<void> succeeded();
    Task<void> failed(std::string reason);

private:
    Breakers* breakers_;
    BreakerKey key_;
    BreakerPass pass_;
};

class Breakers {
public:
    virtual ~Breakers() = default;

    // As known here, without asking anybody: for choosing and for display.
    virtual BreakerView view(BreakerKey const& key) const = 0;
    virtual std::vector<BreakerView> all() const = 0;  // those ever asked about, by key

    // circuit_breaker_open, with provider and retry_after_s, when it is not let through.
    virtual Task<Result<BreakerPermit>> enter(BreakerKey key) = 0;

    // By an operator: open for one wait, or closed and all counts forgotten. validation_failed for
    // any other phase, or when breakers are switched off.
    virtual Task<Result<void>> force(BreakerKey key, BreakerPhase open_or_closed,
                                     PrincipalId by) = 0;

protected:
    friend class BreakerPermit;
    virtual Task<void> succeeded(BreakerKey key, BreakerPass pass) = 0;
    virtual Task<void> failed(BreakerKey key, BreakerPass pass, std::string reason) = 0;
    virtual void give_back(BreakerKey const& key, BreakerPass pass) noexcept = 0;
};

}  // namespace filegate::coordination
