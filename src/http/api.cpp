#include "http/api.hpp"

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

access::Visit visit_of(net::ServerRequest const& request) {
    return {.door = "http", .peer_address = request.peer_address, .request = request.id};
}

}  // namespace

Task<net::ServerResponse> Api::handle(net::ServerRequest& request) {
    auto const reader = hosts_.readable_by(request);
    Attempt attempt;
    auto result = co_await checked(request, attempt);
    if (!result) {
        parts_.audit.note_refusal(visit_of(request), attempt.caller, result.error(), attempt.what);
    }
    auto answer = result ? *std::move(result) : refuse(result.error(), request.id);
    if (!result) {
        add_challenge(answer, result.error(), request,
                      {.needed = attempt.needs, .is_https = hosts_.is_https()});
    }
    if (reader) add_cors_headers(answer.headers, *reader);
    add_security_headers(answer.headers, hosts_);
    co_return answer;
}

net::ServerResponse Api::refuse(Error const& error, RequestId const& id) {
    auto const is_ours = error_row(error.code).http_status >= 500;
    parts_.log.write(is_ours ? observe::LogLevel::warning : observe::LogLevel::info, "http.refused",
                     {{"request_id", id.text()},
                      {"error", std::string(error_row(error.code).name)},
                      {"message", error.message},
                      {"detail", error.detail}});
    auto answer = error_answer(error, id);
    add_security_headers(answer.headers, hosts_);
    return answer;
}

void Api::note_broken_answer(Error const& error, RequestId const& id) {
    parts_.log.write(
        observe::LogLevel::error, "http.answer_broken",
        {{"request_id", id.text()}, {"message", error.message}, {"detail", error.detail}});
}

// Before anything else: whether the client means this server, and whose page sent it.
Api::Answer Api::checked(net::ServerRequest& request, Attempt& attempt) {
    if (!tells_nothing(request)) {
        CO_TRY(hosts_.check(request));
        if (is_preflight(request)) co_return preflight_answer(request);
    }
    co_return co_await dispatch(request, attempt);
}

Api::Answer Api::dispatch(net::ServerRequest& request, Attempt& attempt) {
    static auto const table = patterns();
    auto match = net::match_route(table, request.method, request.path);
    if (match.kind != net::RouteMatch::Kind::found) {
        auto answer = error_answer(no_route(request, match).error(), request.id);
        if (!match.allow.empty()) answer.headers.set("Allow", match.allow);
        co_return answer;
    }
    auto const& route = routes()[match.index];
    attempt.what = fmt::format("{} {}", route.pattern.method, route.pattern.path);
    attempt.needs = route.needs;
    CO_TRY(auto const caller, co_await admit_caller(request, route.needs, attempt));
    Call call{.request = request, .values = std::move(match.values), .caller = caller};
    MeteredBody metered(request, parts_.access, caller);
    co_return co_await (this->*route.handler)(call);
}

// What a caller must pass before any handler sees the request, in this order.
Task<Result<access::Principal>> Api::admit_caller(net::ServerRequest const& request,
                                                  std::optional<access::Scope> needs,
                                                  Attempt& attempt) {
    if (!needs) co_return access::Access::anonymous();
    access::Credentials credentials{
        .authorization = request.headers.find("Authorization").transform([](auto value) {
            return std::string(value);
        }),
        .is_ambiguous = request.headers.count("Authorization") > 1,
        .peer_address = request.peer_address};
    auto const arrival = arrival_of(request);
    CO_TRY(co_await parts_.access.check_address(arrival));
    auto caller = co_await parts_.access.authenticate(std::move(credentials));
    if (!caller) parts_.access.note_refused_login(arrival, caller.error());
    CO_TRY(caller);
    attempt.caller = caller->id();
    CO_TRY(co_await parts_.access.check_rate(*caller, arrival));
    CO_TRY(access::Access::check_scope(*caller, *needs));
    co_return std::move(*caller).seen_at(visit_of(request));
}

}  // namespace filegate::http
