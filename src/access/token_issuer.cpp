#include "access/token_issuer.hpp"

#include <array>

#include <fmt/format.h>

#include "base/base64url.hpp"
#include "observe/escape.hpp"

namespace filegate::access {
namespace {

constexpr seconds lifetime_max{10 * 365 * 24 * 3600};

template <std::size_t bytes>
std::string random_text(Random& random) {
    std::array<std::byte, bytes> noise{};
    random.fill(noise);
    return to_base64url(noise);
}

std::string text_member(std::string_view name, std::string_view value) {
    return value.empty() ? "" : fmt::format(R"("{}":{},)", name, observe::json_quoted(value));
}

std::string claims_of(IssueWish const& wish, TokenOptions const& options, WallTime now,
                      Random& random) {
    auto const audience = options.audience.empty() ? "" : options.audience.front();
    return fmt::format(R"({{{}{}{}{}"jti":"{}","iat":{},"exp":{}}})",
                       text_member("iss", options.issuer), text_member("aud", audience),
                       text_member("sub", wish.subject.text()),
                       text_member("scope", words(wish.scopes)), random_text<16>(random),
                       unix_seconds(now), unix_seconds(now + wish.lifetime));
}

Result<NamedSecret const*> secret_for(std::string const& key_id,
                                      std::vector<NamedSecret> const& secrets) {
    if (secrets.empty()) {
        return fail(ErrorCode::configuration_error,
                    "there is no secret to sign with; set auth.jwt_secret_file and run `filegate "
                    "token rotate`, or JWT_SECRET_KEY");
    }
    if (key_id.empty()) return &secrets.front();
    auto const found = std::ranges::find(secrets, key_id, &NamedSecret::id);
    if (found != secrets.end()) return &*found;
    return fail(ErrorCode::configuration_error,
                fmt::format("no configured secret has the id '{}'", key_id));
}

}  // namespace

Result<std::string> issue_token(IssueWish const& wish, TokenOptions const& options,
                                std::vector<NamedSecret> const& secrets, WallTime now,
                                Random& random) {
    if (!is_bounded_name(wish.subject.text(), subject_bytes_max)) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("a subject has 1 to {} bytes and no control characters",
                                subject_bytes_max));
    }
    if (wish.scopes.is_empty()) {
        return fail(ErrorCode::validation_failed,
                    "the scopes are words of files:read, files:write, files:query and admin");
    }
    if (wish.lifetime <= seconds(0) || wish.lifetime > lifetime_max) {
        return fail(ErrorCode::validation_failed, "a token lives from 1 second to 10 years");
    }
    TRY(auto const* const secret, secret_for(wish.key_id, secrets));
    auto const key = SigningKey::of_secret(secret->id, secret->secret);
    auto token = key.sign(claims_of(wish, options, now, random));
    if (!token) return fail(ErrorCode::unexpected_error, "the token could not be signed");
    return *std::move(token);
}

Result<std::vector<NamedSecret>> secrets_of(TokenOptions const& options,
                                            std::string_view file_text) {
    TRY(auto secrets, parse_secrets(file_text));
    if (!options.secret.is_empty()) secrets.push_back({.id = "", .secret = options.secret});
    return secrets;
}

std::optional<TokenText> read_token(std::string_view token) {
    auto const first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    auto const rest = token.substr(first + 1);
    auto const header = from_base64url(token.substr(0, first));
    auto const claims = from_base64url(rest.substr(0, rest.find('.')));
    if (!header || !claims) return std::nullopt;
    auto const header_object = JsonObject::parse(*header);
    auto const claims_object = JsonObject::parse(*claims);
    if (!header_object || !claims_object) return std::nullopt;
    return TokenText{.header = header_object->dump(), .claims = claims_object->dump()};
}

Result<std::string> with_new_secret(std::string_view file_text, std::string const& key_id,
                                    Random& random) {
    if (!is_key_id(key_id)) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("a key id has 1 to {} of A-Z, a-z, 0-9, '.', '_' and '-'",
                                key_id_bytes_max));
    }
    TRY(auto const secrets, parse_secrets(file_text));
    if (std::ranges::find(secrets, key_id, &NamedSecret::id) != secrets.end()) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("the file has a secret with the id '{}' already", key_id));
    }
    auto text = fmt::format("{}:{}\n{}", key_id, random_text<32>(random), file_text);
    TRY(parse_secrets(text));  // not one too many
    return text;
}

}  // namespace filegate::access
