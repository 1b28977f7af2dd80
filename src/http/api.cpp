#include "http/api.hpp"

#include "http/arrival.hpp"
#include "http/challenge.hpp"
#include "http/json_answers.hpp"
#include "http/metered_body.hpp"
#include "http/security_headers.hpp"

namespace filegate::http {
namespace {

std::vector<net::RoutePattern> patterns() {
    std::vector<net::RoutePattern> all;
    for (auto const& route : routes())
        all.push_back(route.pattern);
    return all;
}

std::unexpected<Error> no_route(net::ServerRequest const& request, net::RouteMatch const& match) {
    if (match.problem) return fail(*match.problem);
    if (match.kind == net::RouteMatch::Kind::wrong_method) {
        return fail(ErrorCode::method_not_allowed,
                    fmt::format("{} does not take {}; it takes {}", request.path, request.method,
                                match.allow));
    }
    return fail(
        ErrorCode::route_not_found,
        fmt::format("there is no endpoint {}; the files API is at /v1/files", request.path));
}

// Orchestrators ask by address, whatever the server is called; what they hear is one word.
bool tells_nothing(net::ServerRequest const& request) {
    auto const is_read = request.method == "GET" || request.method == "HEAD";
    return is_read && (request.path == "/healthz" || request.path == "/readyz");
}

access::Credentials credentials_of(net::ServerRequest const& request) {
    auto const shown = request.headers.find("Authorization");
    return {.authorization = shown ? std::optional<std::string>(*shown) : std::nullopt,
            .is_ambiguous = request.headers.count("Authorization") > 1,
            .peer_address = request.peer_address};
}

}  // namespace

Task<net::ServerResponse> Api::handle(net::ServerRequest& request) {
    auto const reader = hosts_.readable_by(request);
    Attempt attempt;
    auto result = co_await checked(request, attempt);
    auto answer = result ? *std::move(result) : co_await refuse(request, result.error(), attempt);
    if (reader) add_cors_headers(answer.headers, *reader);
    add_security_headers(answer.headers, hosts_);
    co_return answer;
}

Task<net::ServerResponse> Api::refuse(net::ServerRequest const& request, Error const& error,
                                      Attempt const& attempt) {
    auto const who = attempt.caller ? attempt.caller->id() : PrincipalId();
    parts_.audit.note_refusal(arrival_of(request), who, error, attempt.what);
    auto answer = refuse(error, request.id);
    add_challenge(answer, error, request, {.needed = attempt.needs, .is_https = hosts_.is_https()});
    if (attempt.caller && error.code == ErrorCode::quota_exceeded) {
        answer = co_await with_quota(*attempt.caller, std::move(answer));
    }
    co_return answer;
}

net::ServerResponse Api::refuse(Error const& error, RequestId const& id) {
    refusals_.write(error, id);
    auto answer = error_answer(error, id);
    add_security_headers(answer.headers, hosts_);
    return answer;
}

void Api::note_broken_answer(Error const& error, RequestId const& id) {
    parts_.log.write(
        observe::LogLevel::error, "http.answer_broken",
        {{"request_id", id.text()}, {"message", error.message}, {"detail", error.detail}});
}

// Before anything else: how often the client has come, whether it means this server, and whose page
// sent it.
Api::Answer Api::checked(net::ServerRequest& request, Attempt& attempt) {
    static auto const table = patterns();
    auto match = net::match_route(table, request.method, request.path);
    if (match.kind == net::RouteMatch::Kind::found) {
        auto const& route = routes()[match.index];
        attempt.what = fmt::format("{} {}", route.pattern.method, route.pattern.path);
        attempt.needs = route.needs;
    }
    if (!tells_nothing(request)) {
        CO_TRY(co_await parts_.access.check_address(arrival_of(request)));
        CO_TRY(hosts_.check(request));
        if (is_preflight(request)) co_return preflight_answer(request);
    }
    co_return co_await dispatch(request, std::move(match), attempt);
}

Api::Answer Api::dispatch(net::ServerRequest& request, net::RouteMatch match, Attempt& attempt) {
    if (match.kind != net::RouteMatch::Kind::found) {
        auto answer = error_answer(no_route(request, match).error(), request.id);
        if (!match.allow.empty()) answer.headers.set("Allow", match.allow);
        co_return answer;
    }
    if (attempt.needs) {
        CO_TRY(co_await parts_.access.enter(credentials_of(request), arrival_of(request),
                                            *attempt.needs, attempt.caller));
    } else {
        attempt.caller = access::Access::anonymous();
    }
    Call call{.request = request, .values = std::move(match.values), .caller = *attempt.caller};
    MeteredBody metered(request, parts_.access, *attempt.caller);
    co_return co_await (this->*routes()[match.index].handler)(call);
}

}  // namespace filegate::http
