#include "access/token_claims.hpp"

#include <cmath>

#include <fmt/format.h>

#include "access/json_object.hpp"
#include "base/date.hpp"
#include "base/utf8.hpp"

namespace filegate::access {
namespace {

constexpr std::size_t audience_max = 32;

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::invalid_token, std::move(message));
}

// A NumericDate: seconds since 1970, possibly with a fraction.
Result<std::optional<WallTime>> time_claim(JsonObject const& object, std::string_view name) {
    if (!object.has(name)) return std::nullopt;
    auto const number = object.number(name);
    if (!number || !(*number >= 0 && *number <= static_cast<double>(unix_seconds_max))) {
        return refuse(
            fmt::format("the token's claim '{}' is not a time in seconds since 1970; "
                        "whoever issued it must mend it",
                        name));
    }
    return WallTime(milliseconds(std::llround(*number * 1000)));
}

Result<std::string> name_claim(JsonObject const& object, std::string_view name,
                               std::size_t bytes_max) {
    auto text = object.text(name);
    if (text && is_bounded_name(*text, bytes_max)) return *std::move(text);
    return refuse(
        fmt::format("the token's claim '{}' is {}; it must be a text of 1 to {} bytes "
                    "without control characters",
                    name, object.has(name) ? "unusable" : "missing", bytes_max));
}

Result<std::vector<std::string>> audience_claim(JsonObject const& object) {
    if (!object.has("aud")) return std::vector<std::string>();
    auto audience = object.texts("aud");
    if (audience && audience->size() <= audience_max) return *std::move(audience);
    return refuse(fmt::format("the token's claim 'aud' is neither a text nor a list of at most {}",
                              audience_max));
}

// `scope` (RFC 8693), or what others call `scp`.
Result<std::optional<Scopes>> scope_claim(JsonObject const& object) {
    auto const* const name = object.has("scope") ? "scope" : "scp";
    if (!object.has(name)) return std::nullopt;
    auto const words = object.texts(name);
    if (!words) {
        return refuse(
            fmt::format("the token's claim '{}' is neither a text nor a list of texts", name));
    }
    Scopes scopes;
    for (auto const& some : *words)
        scopes.add(scopes_of_words(some));
    return scopes;
}

bool is_meant_for(TokenClaims const& claims, std::vector<std::string> const& audience) {
    return audience.empty() || std::ranges::any_of(claims.audience, [&](auto const& one) {
               return std::ranges::find(audience, one) != audience.end();
           });
}

}  // namespace

bool is_bounded_name(std::string_view text, std::size_t bytes_max) {
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    return !text.empty() && text.size() <= bytes_max && decode_utf8(text).has_value() &&
           std::ranges::none_of(text, is_control);
}

Scopes scopes_of_words(std::string_view words) {
    Scopes scopes;
    while (!words.empty()) {
        auto const end = std::min(words.find(' '), words.size());
        if (auto const scope = scope_of_word(words.substr(0, end))) scopes.add(*scope);
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return scopes;
}

Result<TokenClaims> parse_claims(std::string_view json) {
    auto const object = JsonObject::parse(json);
    if (!object) {
        return refuse("the token's claims are not one JSON object in which no name stands twice");
    }
    TokenClaims claims;
    TRY(auto const expires_at, time_claim(*object, "exp"));
    if (!expires_at)
        return refuse("the token has no claim 'exp'; one that never ends is not taken");
    claims.expires_at = *expires_at;
    TRY(claims.not_before, time_claim(*object, "nbf"));
    TRY(claims.issued_at, time_claim(*object, "iat"));
    TRY(auto subject, name_claim(*object, "sub", subject_bytes_max));
    claims.subject = PrincipalId(std::move(subject));
    if (object->has("iss")) {
        TRY(claims.issuer, name_claim(*object, "iss", 2048));
    }
    if (object->has("jti")) {
        TRY(claims.id, name_claim(*object, "jti", token_id_bytes_max));
    }
    TRY(claims.audience, audience_claim(*object));
    TRY(claims.scopes, scope_claim(*object));
    return claims;
}

Result<void> check_claims(TokenClaims const& claims, ClaimRules const& rules, WallTime now) {
    if (now >= claims.expires_at + rules.leeway) {
        return fail(ErrorCode::token_expired,
                    fmt::format("the token expired {} seconds ago; get a new one",
                                unix_seconds(now) - unix_seconds(claims.expires_at)));
    }
    if (claims.not_before && now < *claims.not_before - rules.leeway) {
        return refuse(
            fmt::format("the token is not valid yet, but in {} seconds; if that is wrong, "
                        "compare the clocks",
                        unix_seconds(*claims.not_before) - unix_seconds(now)));
    }
    if (claims.issued_at && now < *claims.issued_at - rules.leeway) {
        return refuse(
            fmt::format("the token was issued {} seconds in the future; compare the clocks",
                        unix_seconds(*claims.issued_at) - unix_seconds(now)));
    }
    if (!rules.issuer.empty() && claims.issuer != rules.issuer) {
        return refuse("the token's claim 'iss' names another issuer than the configured one");
    }
    if (!is_meant_for(claims, rules.audience)) {
        return refuse("the token's claim 'aud' does not name this gateway's configured audience");
    }
    return {};
}

}  // namespace filegate::access
