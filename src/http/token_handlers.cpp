// The rows of routes.cpp that are about tokens.

#include "http/api.hpp"
#include "http/challenge.hpp"
#include "http/json_values.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::size_t revoke_body_bytes_max = 4096;
constexpr std::string_view revoke_example = R"({"jti":"..."} or {"sub":"..."})";

std::unexpected<Error> unusable(std::string message) {
    return fail(ErrorCode::validation_failed, std::move(message));
}

Result<std::optional<WallTime>> time_member(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    constexpr std::int64_t year_9999 = 253'402'300'799;
    if (auto const* const number = value->if_int64();
        number != nullptr && *number >= 0 && *number <= year_9999) {
        return WallTime(seconds(*number));
    }
    return unusable(fmt::format("'{}' must be whole seconds since 1970", name));
}

Result<access::Revocation> parse_revocation(std::string_view body) {
    TRY(auto const object, parse_object(body, revoke_example));
    for (auto const& member : object) {
        auto const name = member.key();
        if (name == "jti" || name == "sub" || name == "issued_before" || name == "until") continue;
        return unusable(fmt::format(
            "a revocation has jti or sub, issued_before and until; write {}", revoke_example));
    }
    access::Revocation revocation;
    TRY(revocation.token_id, text_member(object, "jti"));
    TRY(auto subject, text_member(object, "sub"));
    TRY(revocation.issued_before, time_member(object, "issued_before"));
    TRY(revocation.until, time_member(object, "until"));
    if (revocation.token_id.empty() == subject.empty()) {
        return unusable(fmt::format("name a token or a subject, not both: {}", revoke_example));
    }
    auto const& name = subject.empty() ? revocation.token_id : subject;
    if (!access::is_bounded_name(name, access::token_id_bytes_max)) {
        return unusable(fmt::format("'jti' or 'sub' has more than {} bytes or a control character",
                                    access::token_id_bytes_max));
    }
    if (subject.empty() && revocation.issued_before) {
        return unusable("'issued_before' goes with 'sub'");
    }
    revocation.subject = PrincipalId(std::move(subject));
    return revocation;
}

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
