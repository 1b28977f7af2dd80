#pragma once
// Speaks a provider's Files API. One call, one request: no retry, no choice.

#include "delivery/account.hpp"
#include "delivery/provider_failure.hpp"

namespace filegate::delivery {

struct ProviderUpload {
    std::string filename;
    std::string mime_type;
    WirePurpose purpose;
    ReopenableBody const* body = nullptr;
    Deadline deadline = no_deadline;
    std::string trace_id;  // sent as X-Request-Id
};

struct ProviderFile {
    ProviderFileId id;
    std::string filename;
    std::uint64_t bytes = 0;
    std::string purpose;
    std::string status;  // the provider's word; may be empty
    std::optional<WallTime> created_at;
};

template <class T>
using ProviderResult = std::expected<T, ProviderFailure>;

class ProviderClient {
public:
    ProviderClient(net::HttpClient& http, Clock const& clock) : http_(http), clock_(clock) {}

    // Checks the answer: an id must be there, and `bytes`, when given, must be ours.
    Task<ProviderResult<ProviderFile>> upload(Account const& account, ProviderUpload const& upload);

    // `purpose` is sent where the provider needs one. One page, newest first.
    Task<ProviderResult<std::vector<ProviderFile>>> list(Account const& account,
                                                         WirePurpose const& purpose,
                                                         Deadline deadline);

    // A copy that is not there counts as removed.
    Task<ProviderResult<void>> remove(Account const& account, ProviderFileId const& id,
                                      Deadline deadline);

private:
    net::HttpClient& http_;
    Clock const& clock_;
};

}  // namespace filegate::delivery
