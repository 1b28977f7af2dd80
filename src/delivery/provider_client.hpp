#pragma once
// Speaks a provider's Files API. One call, one request: no retry, no choice.

#include "base/random.hpp"
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
    std::optional<WallTime> expires_at;
};

template <class T>
using ProviderResult = std::expected<T, ProviderFailure>;

class ProviderClient {
public:
    ProviderClient(net::HttpClient& http, Clock const& clock, Random& random)
        : http_(http), clock_(clock), random_(random) {}

    // Checks the answer: without an id it is ambiguous; `bytes`, when given, must be ours, and the
    // status no failure, else the copy is left_behind.
    Task<ProviderResult<ProviderFile>> upload(Account const& account, ProviderUpload const& upload);

    // `purpose` is sent where the provider needs one. One page, newest first. Where the contract
    // has no list it fails without asking.
    Task<ProviderResult<std::vector<ProviderFile>>> list(Account const& account,
                                                         WirePurpose const& purpose,
                                                         Deadline deadline);

    // A copy that is not there counts as removed.
    Task<ProviderResult<void>> remove(Account const& account, ProviderFileId const& id,
                                      Deadline deadline);

private:
    Task<ProviderResult<net::ClientResponse>> exchange(Account const& account,
                                                       net::ClientRequest request);

    net::HttpClient& http_;
    Clock const& clock_;
    Random& random_;
};

}  // namespace filegate::delivery
