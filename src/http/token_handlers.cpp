// The rows of routes.cpp that are about tokens.

#include "http/api.hpp"
#include "http/challenge.hpp"
#include "http/json_values.hpp"
#include "http/revocation_body.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::size_t revoke_body_bytes_max = 4096;

}  // namespace

Api::Answer Api::revoke_token(Call& call) {
    CO_TRY(auto const body, co_await read_all(*call.request.body, revoke_body_bytes_max));
    CO_TRY(auto revocation, parse_revocation(body));
    json::object const answer{{"object", "token.revocation"},
                              {"jti", text_or_null(revocation.token_id)},
                              {"sub", text_or_null(revocation.subject.text())},
                              {"revoked", true}};
    CO_TRY(co_await parts_.operations.revoke_token(call.caller, std::move(revocation)));
    co_return json_answer(200, answer);
}

// RFC 9728: how a client finds out which tokens are taken here, and whose.
Api::Answer Api::protected_resource(Call& call) {
    auto const* const tokens = parts_.access.tokens();
    auto const base = base_url(call.request, hosts_.is_https());
    if (tokens == nullptr || !base) {
        co_return fail(ErrorCode::route_not_found,
                       "no authentication is configured: no call here needs a token");
    }
    auto const path = call.values.empty() ? "" : "/" + call.values.front();
    json::object answer{
        {"resource", *base + path},
        {"resource_name", "Filegate"},
        {"bearer_methods_supported", json::array{"header"}},
        {"scopes_supported", json::array{"files:read", "files:write", "files:query", "admin"}}};
    if (access::is_url(tokens->issuer())) {
        answer["authorization_servers"] = json::array{json::string(tokens->issuer())};
    }
    co_return json_answer(200, answer);
}

}  // namespace filegate::http
