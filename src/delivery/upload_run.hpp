#pragma once
// One parcel to one account under one wire purpose: the only place that tries again. Between two
// tries it looks whether a lost answer left a copy, and adopts it.

#include "delivery/copy_watch.hpp"
#include "delivery/provider_client.hpp"
#include "delivery/retry_policy.hpp"

namespace filegate::delivery {

struct DeliveryOptions {
    RetryOptions retry;
    seconds attempt_timeout{300};   // one request
    seconds delivery_timeout{600};  // everything, when the caller sets no deadline
};

struct UploadEnd {
    ProviderResult<ProviderFile> result;
    RetryDecision::Action next = RetryDecision::Action::give_up;  // after a failure
    int attempts = 0;
    // The last answer was lost and it is not known what became of the bytes: the intent stays open.
    bool may_have_copy = false;
};

struct UploadRunParts {
    ProviderClient& client;
    CopyWatch& copies;
    Clock const& clock;
    Random& random;
    DeliveryOptions const& options;
};

class UploadRun {
public:
    // Everything outlives the run. The upload's deadline bounds all attempts together.
    UploadRun(UploadRunParts parts, Account const& account, ProviderUpload upload);

    Task<UploadEnd> run();  // once

private:
    Task<ProviderResult<ProviderFile>> try_once();
    Task<ProviderResult<std::optional<ProviderFile>>> look();
    bool can_look() const;
    milliseconds time_left() const;
    Deadline attempt_deadline() const;

    UploadRunParts parts_;
    Account const& account_;
    ProviderUpload upload_;
    Deadline deadline_;
    SentFile sent_;
    CopyWatch::Underway underway_;
    bool may_have_copy_ = false;
    bool may_have_stray_ = false;  // it was sent again before that was known
};

}  // namespace filegate::delivery
