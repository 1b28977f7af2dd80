#include "access/token_verifier.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64url.hpp"

namespace filegate::access {
namespace {

// A file is cheap to look at, so what an operator changes in it counts within seconds.
constexpr KeyCacheOptions file_reads{
    .age_max = seconds(10), .pause = seconds(1), .kept_while_down = seconds(24 * 3600)};
constexpr KeyCacheOptions url_reads{};

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::invalid_token, std::move(message));
}

std::vector<std::string_view> words_of(std::vector<Algorithm> const& algorithms) {
    std::vector<std::string_view> words;
    for (auto const algorithm : algorithms)
        words.push_back(word(algorithm));
    return words;
}

// The three parts must be there and the first must be a header; the others are the JOSE library's.
Result<JsonObject> header_of(std::string_view token) {
    if (std::ranges::count(token, '.') != 2) {
        return refuse("what was sent is no signed token: a JWT has three parts with dots between");
    }
    auto const text = from_base64url(token.substr(0, token.find('.')));
    auto header = text ? JsonObject::parse(*text) : std::nullopt;
    if (!header) {
        return refuse("the token's header is not one JSON object in which no name stands twice");
    }
    return *std::move(header);
}

// What RFC 8725 section 3.11 is about: a signed object of another kind is no access token.
bool is_access_token(JsonObject const& header) {
    if (!header.has("typ")) return true;
    auto type = header.text("typ").value_or("?");
    std::ranges::transform(type, type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type == "jwt" || type == "at+jwt" || type == "application/at+jwt";
}

std::unique_ptr<KeySource> source_of(std::string const& place, TokenVerifierParts const& parts) {
    if (is_url(place)) return std::make_unique<UrlKeySource>(place, parts.http, parts.clock);
    return std::make_unique<FileKeySource>(place, parts.workers);
}

std::unique_ptr<KeyCache> cache_of(std::string const& place, KeyCache::Parse parse,
                                   TokenVerifierParts const& parts) {
    if (place.empty()) return nullptr;
    return std::make_unique<KeyCache>(source_of(place, parts), parse,
                                      is_url(place) ? url_reads : file_reads, parts.clock,
                                      parts.log);
}

std::optional<std::string> payload_by_any(std::vector<SigningKey const*> const& keys,
                                          std::string const& token) {
    for (auto const* const key : keys) {
        if (auto payload = key->verify(token)) return payload;
    }
    return std::nullopt;
}

}  // namespace

bool is_url(std::string_view place) {
    return place.starts_with("https://") || place.starts_with("http://");
}

std::vector<Algorithm> allowed_algorithms(TokenOptions const& options) {
    std::vector<Algorithm> allowed;
    if (options.algorithms.empty()) {
        if (!options.secret.is_empty() || !options.secret_file.empty()) {
            allowed.push_back(Algorithm::hs256);
        }
        if (!options.jwks.empty()) {
            allowed.insert(allowed.end(), {Algorithm::rs256, Algorithm::es256});
        }
        return allowed;
    }
    for (auto const& one : options.algorithms) {
        if (auto const algorithm = algorithm_named(one)) allowed.push_back(*algorithm);
    }
    return allowed;
}

Result<KeyWish> parse_token_header(std::string_view token, std::vector<Algorithm> const& allowed) {
    TRY(auto const header, header_of(token));
    if (header.has("crit")) {
        return refuse("the token's header has 'crit', which asks for what is not understood here");
    }
    if (!is_access_token(header)) {
        return refuse("the token's header says 'typ' of something that is no access token");
    }
    auto const algorithm = algorithm_named(header.text("alg").value_or(""));
    if (!algorithm || std::ranges::find(allowed, *algorithm) == allowed.end()) {
        return refuse(
            fmt::format("the token is not signed with an algorithm that is taken here; "
                        "those are {}",
                        fmt::join(words_of(allowed), ", ")));
    }
    auto const id = header.has("kid") ? header.text("kid") : std::string();
    if (!id || id->size() > key_id_bytes_max) {
        return refuse(
            fmt::format("the token's header has a 'kid' that is no text of at most {} "
                        "bytes",
                        key_id_bytes_max));
    }
    return KeyWish{.algorithm = *algorithm, .id = *id};
}

TokenVerifier::TokenVerifier(TokenOptions const& options, TokenVerifierParts parts)
    : algorithms_(allowed_algorithms(options)),
      rules_{.issuer = options.issuer, .audience = options.audience},
      clock_(parts.clock),
      secrets_(cache_of(options.secret_file, &KeySet::of_secrets, parts)),
      jwks_(cache_of(options.jwks, &KeySet::of_jwks, parts)),
      is_jwks_local_(!is_url(options.jwks)),
      grace_(options.shared_token, parts.clock, parts.log) {
    if (!options.secret.is_empty()) fixed_keys_.add(SigningKey::of_secret("", options.secret));
    for (auto const& words : options.default_scopes)
        default_scopes_.add(scopes_of_words(words));
}

Task<Result<void>> TokenVerifier::load() {
    if (secrets_) CO_TRY(co_await secrets_->load());
    if (jwks_ && is_jwks_local_) CO_TRY(co_await jwks_->load());
    co_return {};
}

Task<Result<VerifiedToken>> TokenVerifier::verify(std::string token, std::string peer_address) {
    if (token.size() > token_bytes_max) {
        co_return refuse(fmt::format("the token has {} bytes and at most {} are taken",
                                     token.size(), token_bytes_max));
    }
    if (grace_.is_shared_token(token)) co_return use_shared_token(peer_address);
    // Keys that are exchanged while this token is being checked make it unknown again.
    auto const version_before = version();
    auto const digest = sha256(token);
    if (auto const known = verified_.find(digest, version_before, clock_.monotonic_now());
        known && clock_.wall_now() < known->expires_at) {
        CO_TRY(check_not_revoked(*known));
        co_return *known;
    }
    CO_TRY(auto checked, co_await check(token));
    verified_.keep(digest, checked, version_before, clock_.monotonic_now());
    CO_TRY(check_not_revoked(checked));
    co_return checked;
}

Result<VerifiedToken> TokenVerifier::use_shared_token(std::string const& peer_address) {
    TRY(auto const ends_at, grace_.use(peer_address));
    VerifiedToken token{.subject = PrincipalId(std::string(shared_token_principal)),
                        .scopes = default_scopes_,
                        .expires_at = ends_at};
    TRY(check_not_revoked(token));
    return token;
}

Task<Result<VerifiedToken>> TokenVerifier::check(std::string const& token) {
    CO_TRY(auto wish, parse_token_header(token, algorithms_));
    CO_TRY(auto const payload, co_await signed_payload(token, std::move(wish)));
    co_return judge(payload);
}

// Each algorithm has keys of its own: a public key can never be the secret of an HS256 token.
Task<Result<std::string>> TokenVerifier::signed_payload(std::string const& token, KeyWish wish) {
    if (auto payload = payload_by_any(fixed_keys_.matching(wish), token)) {
        co_return *std::move(payload);
    }
    auto* const cache = (wish.algorithm == Algorithm::hs256 ? secrets_ : jwks_).get();
    if (cache != nullptr) {
        CO_TRY(auto const keys, co_await cache->keys_for(wish));
        if (auto payload = payload_by_any(keys->matching(wish), token)) {
            co_return *std::move(payload);
        }
    }
    co_return refuse(
        "no key that is known here has signed this token; it was signed by somebody else, changed "
        "on its way, or its key is no longer in use");
}

Result<VerifiedToken> TokenVerifier::judge(std::string_view payload) const {
    TRY(auto claims, parse_claims(payload));
    TRY(check_claims(claims, rules_, clock_.wall_now()));
    return VerifiedToken{.subject = std::move(claims.subject),
                         .scopes = claims.scopes.value_or(default_scopes_),
                         .expires_at = claims.expires_at + rules_.leeway,
                         .issued_at = claims.issued_at,
                         .id = std::move(claims.id)};
}

Result<void> TokenVerifier::check_not_revoked(VerifiedToken const& token) const {
    if (!revocations_.is_revoked(token.id, token.subject, token.issued_at)) return {};
    return refuse("the token was revoked; ask for a new one");
}

std::uint64_t TokenVerifier::version() const {
    return (secrets_ ? secrets_->version() : 0) + (jwks_ ? jwks_->version() : 0);
}

}  // namespace filegate::access
