#pragma once
// Speaks a provider's Files API. One call, one request: no retry, no choice.

#include "base/random.hpp"
#include "delivery/account.hpp"
#include "delivery/provider_failure.hpp"
#include "delivery/signed_token.hpp"

namespace filegate::delivery {

struct ProviderUpload {
    std::string filename;
    std::string mime_type;
    WirePurpose purpose;
    ReopenableBody const* body = nullptr;
    Deadline deadline = no_deadline;
    std::string trace_id;          // sent as X-Request-Id
    bool has_alternative = false;  // another provider would take it
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

// The provider says that it cannot use the file: such a copy is never a placement.
bool is_failed(ProviderFile const& file);

// Who asks, and how.
struct Channel {
    Account const& account;
    contracts::Transport transport = contracts::Transport::openai;
};

struct ProviderList {
    std::vector<ProviderFile> files;       // newest first
    WallTime read_at;                      // by our clock, before it was asked for
    std::optional<WallTime> provider_now;  // its Date header
};

template <class T>
using ProviderResult = std::expected<T, ProviderFailure>;

std::string without_secret(std::string text, std::string_view secret);

class ProviderClient {
public:
    ProviderClient(net::HttpClient& http, Clock const& clock, Random& random)
        : http_(http), clock_(clock), random_(random), tokens_(clock) {}

    // Checks the answer: without an id it is ambiguous; `bytes`, when given, must be ours, and the
    // status no failure, else the copy is left_behind.
    Task<ProviderResult<ProviderFile>> upload(Channel channel, ProviderUpload const& upload);

    // All that were made since then, by our clock, and perhaps older ones: no page more is asked
    // for than that takes. `purpose` is sent where the provider needs one. Where the contract has
    // no list it fails without asking.
    Task<ProviderResult<ProviderList>> list(Channel channel, WirePurpose const& purpose,
                                            WallTime since, Deadline deadline);

    // A copy that is not there counts as removed.
    Task<ProviderResult<void>> remove(Channel channel, ProviderFileId const& id, Deadline deadline);

    // Does it answer at all, as far as can be told without changing anything?
    Task<ProviderResult<void>> probe(Channel channel, Deadline deadline);

private:
    Task<ProviderResult<net::ClientResponse>> exchange(Channel channel, net::ClientRequest request);
    Task<ProviderResult<net::ClientResponse>> send(Channel channel,
                                                   std::optional<std::string> token,
                                                   net::ClientRequest request);

    net::HttpClient& http_;
    Clock const& clock_;
    Random& random_;
    SignedTokens tokens_;
};

}  // namespace filegate::delivery
