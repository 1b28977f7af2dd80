#pragma once
// One parcel to one account under one wire purpose: the only place that tries again. It keeps the
// intents: begun before the provider is asked, abandoned when there is certainly no copy, and left
// open when an answer was lost. Between two tries it looks whether a lost answer left a copy, and
// adopts it.

#include <deque>

#include "coordination/breakers.hpp"
#include "delivery/journal.hpp"
#include "delivery/retry_budget.hpp"
#include "delivery/retry_policy.hpp"
#include "delivery/traffic.hpp"
#include "delivery/transport_choice.hpp"
#include "observe/log.hpp"

namespace filegate::delivery {

struct DeliveryOptions {
    RetryOptions retry;
    RetryBudgetOptions budget;
    seconds attempt_timeout{300};   // one request
    seconds delivery_timeout{600};  // everything, when the caller sets no deadline
};

// A copy at the provider, and the intent that its placement closes.
struct SentCopy {
    ProviderFile file;
    IntentId intent;
};

struct UploadEnd {
    std::optional<SentCopy> copy;
    std::optional<Error> failure;                                 // when there is no copy
    RetryDecision::Action next = RetryDecision::Action::give_up;  // after a failure
    int attempts = 0;
    bool is_final = false;  // asking this account again soon would be wrong, or in vain
};

// What all runs of a gateway share. Everything outlives them.
struct UploadRunParts {
    ProviderClient& client;
    coordination::Breakers& breakers;
    TransportChoice& transports;
    RetryBudget& budget;
    Traffic& traffic;
    Clock const& clock;
    Random& random;
    observe::Log& log;
    DeliveryOptions const& options;
};

class UploadRun {
public:
    // The upload's deadline bounds all attempts together.
    UploadRun(UploadRunParts parts, Account const& account, ProviderUpload upload,
              Journal& journal);

    Task<UploadEnd> run();  // once

private:
    using Try = std::variant<SentCopy, ProviderFailure, Error>;

    Task<std::optional<coordination::BreakerPermit>> enter();
    void use_next_transport();
    Task<Try> try_once(coordination::BreakerPermit& permit);
    Task<Try> send(coordination::BreakerPermit& permit);
    Task<std::optional<Try>> look();
    Task<void> settle(coordination::BreakerPermit& permit, ProviderFailure const* failure);
    Task<void> remove_left_behind(ProviderFile file);
    bool go_on_after(ProviderFailure const& failure, RetryDecision& decision);
    Task<UploadEnd> end(ProviderFailure const& failure, RetryDecision::Action next);
    Task<UploadEnd> end_without_copy(Error error, RetryDecision::Action next);
    UploadEnd end_with(Error error, RetryDecision::Action next);
    void tell_retry(ProviderFailure const& failure, milliseconds delay) const;

    bool should_look() const { return has_news_ && account_.contract->has_list; }
    bool is_cut_short(ProviderFailure const& failure) const;
    Channel channel() const { return {account_, transports_.front()}; }
    coordination::BreakerKey breaker_key() const;
    milliseconds time_left() const;
    Deadline attempt_deadline() const;

    UploadRunParts parts_;
    Account const& account_;
    ProviderUpload upload_;
    Journal& journal_;
    Deadline deadline_;
    std::deque<contracts::Transport> transports_;  // the front is in use
    std::optional<Error> circuit_;                 // why the last one was not let through
    std::optional<OpenIntent> intent_;             // the provider has not been asked, or said no
    std::vector<OpenIntent> doubts_;               // oldest first; recovery closes them
    bool has_news_ = false;                        // a doubt has come since the last look
    int attempts_ = 0;
    bool is_final_ = false;
};

}  // namespace filegate::delivery
