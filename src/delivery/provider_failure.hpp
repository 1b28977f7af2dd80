#pragma once
// A provider's failed answer, understood. The three body shapes of the providers and HTML are
// parsed; the contract's table says what kind of trouble it is.

#include "base/ids.hpp"
#include "contracts/contract.hpp"
#include "net/http_client.hpp"

namespace filegate::delivery {

struct ProviderFailure {
    contracts::FailureKind kind = contracts::FailureKind::server;
    int status = 0;  // 0: no answer
    std::string type;
    std::string code;
    std::string message;     // the provider's words, cleaned and shortened; may be shown
    std::string body_start;  // first bytes of an unparsable body, for the log
    std::string request_id;  // x-request-id or Msh-Request-Id
    std::optional<seconds> retry_after;
    std::optional<WallTime> provider_now;  // the answer's Date header
    bool is_timeout = false;
    bool is_own = false;  // our stored bytes could not be read; the provider is not to blame
    // A copy that the provider made and that must not stay, such as a truncated one.
    std::optional<ProviderFileId> left_behind;
};

// IMF-fixdate of RFC 9110; none: not there, or in an obsolete form.
std::optional<WallTime> read_date(net::Headers const& headers);

ProviderFailure understand_answer(contracts::Contract const& contract,
                                  net::ClientResponse const& answer, WallTime now);
ProviderFailure understand_transport(net::TransportFailure const& failure);

}  // namespace filegate::delivery
