#pragma once
// The OpenAI-compatible door (SPEC section 3.1): translates requests into gateway calls and results
// into OpenAI's JSON. Decides nothing. The whole API stands in routes.cpp.

#include <span>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "gateway/operations.hpp"
#include "gateway/path_uploads.hpp"
#include "http/host_check.hpp"
#include "http/refusal_log.hpp"
#include "net/http_server.hpp"
#include "net/router.hpp"
#include "observe/log.hpp"

namespace filegate::http {

// One request on its way through a handler.
struct Call {
    net::ServerRequest& request;
    std::vector<std::string> values;  // of the route's {segments}
    access::Principal const& caller;
};

struct ApiParts {
    gateway::Gateway& gateway;
    gateway::PathUploads& path_uploads;
    gateway::Operations& operations;
    gateway::Audit& audit;
    access::Access& access;
    Clock const& clock;
    observe::Log& log;
};

class Api final : public net::HttpHandler {
public:
    Api(ApiParts parts, HostCheck hosts)
        : parts_(parts), hosts_(std::move(hosts)), refusals_(parts.log, parts.clock) {}

    Task<net::ServerResponse> handle(net::ServerRequest& request) override;
    net::ServerResponse refuse(Error const& error, RequestId const& id) override;
    void note_broken_answer(Error const& error, RequestId const& id) override;

    using Answer = Task<Result<net::ServerResponse>>;

    Answer create_file(Call& call);
    Answer put_file(Call& call);
    Answer list_files(Call& call);
    Answer retrieve_file(Call& call);
    Answer file_content(Call& call);
    Answer delete_file(Call& call);
    Answer deliver_file(Call& call);
    Answer batch(Call& call);
    Answer limits(Call& call);
    Answer health(Call& call);

    Answer readiness(Call& call);
    Answer full_health(Call& call);
    Answer breakers(Call& call);
    Answer force_breaker(Call& call);
    Answer locks(Call& call);
    Answer force_unlock(Call& call);
    Answer reconcile(Call& call);
    Answer events(Call& call);
    Answer audit(Call& call);
    Answer verify_audit(Call& call);

    Answer revoke_token(Call& call);
    Answer protected_resource(Call& call);
    Answer quotas(Call& call);
    Answer quota(Call& call);
    Answer set_quota(Call& call);

private:
    // Who asked for what, as far as it is known: for the answer and the audit trail, should it be
    // refused.
    struct Attempt {
        std::optional<access::Principal> caller;
        std::string what;
        std::optional<access::Scope> needs;
    };
    Answer checked(net::ServerRequest& request, Attempt& attempt);
    Answer dispatch(net::ServerRequest& request, net::RouteMatch match, Attempt& attempt);
    Task<net::ServerResponse> refuse(net::ServerRequest const& request, Error const& error,
                                     Attempt const& attempt);
    Answer batch_of_paths(Call& call);
    Answer batch_of_parts(Call& call);
    // With headers that say what is left of the caller's quota.
    Task<net::ServerResponse> with_quota(access::Principal const& caller,
                                         net::ServerResponse answer);

    ApiParts parts_;
    HostCheck hosts_;
    RefusalLog refusals_;
};

struct Route {
    net::RoutePattern pattern;
    std::optional<access::Scope> needs;  // none: anybody may call it, without credentials
    Api::Answer (Api::*handler)(Call&);
};

std::span<Route const> routes();

}  // namespace filegate::http
