// [auth]: where secrets come from, and what no single key of it can know about itself. A secret is
// never part of a problem.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "access/token_verifier.hpp"
#include "config/address.hpp"
#include "config/loading.hpp"

namespace filegate::config {
namespace {

constexpr std::size_t shared_token_bytes_advised = 16;

bool is_visible(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c > ' ' && c < '\x7f' && c != ',' && c != '"'; });
}

std::string short_secret(std::size_t bytes) {
    return fmt::format(
        "has {} bytes; one of less than {} is weaker than the signatures made with "
        "it (RFC 7518 section 3.2)",
        bytes, access::secret_bytes_advised);
}

}  // namespace

// The first that is set, which counts; others that say otherwise draw a warning.
std::string Loading::first_set(std::vector<std::string> const& names,
                               Environment const& environment) {
    std::string taken;
    for (auto const& name : names) {
        auto const found = environment.find(name);
        if (found == environment.end() || found->second.empty()) continue;
        if (taken.empty()) {
            taken = name;
        } else if (found->second != environment.at(taken)) {
            problem(name, fmt::format("says otherwise than {}, which counts", taken), true);
        }
    }
    return taken;
}

void Loading::find_tokens(Environment const& environment) {
    auto& tokens = settings_.tokens;
    if (auto const name = first_set(tokens.secret_env, environment); !name.empty()) {
        tokens.secret = Secret(environment.at(name));
        auto const bytes = tokens.secret.reveal().size();
        if (bytes < access::secret_bytes_min) {
            problem(name, fmt::format("has {} bytes; a secret has at least {}", bytes,
                                      access::secret_bytes_min));
        } else if (bytes < access::secret_bytes_advised) {
            problem(name, short_secret(bytes), true);
        }
    }
    if (auto const name = first_set(tokens.shared_token_env, environment); !name.empty()) {
        tokens.shared_token = Secret(environment.at(name));
    }
}

void Loading::check_tokens() {
    auto const& tokens = settings_.tokens;
    for (auto const& word : tokens.algorithms) {
        if (access::algorithm_named(word)) continue;
        problem("auth.algorithms",
                fmt::format("has \"{}\"; those that are taken are HS256, RS256, ES256", word));
    }
    for (auto const& word : tokens.default_scopes) {
        if (access::scope_of_word(word)) continue;
        problem("auth.default_scopes", fmt::format("has \"{}\"; the scopes are files:read, "
                                                   "files:write, files:query, admin",
                                                   word));
    }
    auto const& scopes = tokens.default_scopes;
    if (tokens.has_keys() && std::ranges::find(scopes, "admin") != scopes.end()) {
        problem("auth.default_scopes",
                "has \"admin\": every token without a scope claim may do everything to everybody",
                true);
    }
    if (!tokens.secret_file.empty()) check_secret_file();
    if (!tokens.jwks.empty()) check_jwks();
    if (!tokens.shared_token.is_empty()) check_shared_token();
    check_grace_end();
    check_without_keys();
    if (!tokens.has_keys() || tokens.algorithms.empty()) return;
    auto const allowed = access::allowed_algorithms(tokens);
    auto const has_hs256 = std::ranges::find(allowed, access::Algorithm::hs256) != allowed.end();
    auto const has_secret = !tokens.secret.is_empty() || !tokens.secret_file.empty();
    auto const is_public = allowed.size() > (has_hs256 ? 1U : 0U);
    if (has_hs256 && !has_secret) {
        problem("auth.algorithms", "takes HS256, and no secret is configured", is_public);
    }
    if (is_public && tokens.jwks.empty()) {
        problem("auth.algorithms", "takes RS256 or ES256, and auth.jwks names no keys", has_hs256);
    }
    if (!is_public && !tokens.jwks.empty()) {
        problem("auth.jwks", "is never used: auth.algorithms takes neither RS256 nor ES256", true);
    }
}

// Who says what a token must be wants tokens to be checked; without a key nobody's is.
void Loading::check_without_keys() {
    auto const& tokens = settings_.tokens;
    if (tokens.has_keys()) return;
    constexpr std::string_view way_out =
        "there is no key to check tokens with, so everybody would be let in; set "
        "auth.jwt_secret_file, JWT_SECRET_KEY or auth.jwks, or remove it";
    auto const refuse = [&](std::string_view key) {
        problem(key, fmt::format("is set, but {}", way_out));
    };
    if (!tokens.issuer.empty()) refuse("auth.issuer");
    if (!tokens.audience.empty()) refuse("auth.audience");
    if (!tokens.algorithms.empty()) {
        problem("auth.algorithms", "is set, but there is no key to check tokens with", true);
    }
}

void Loading::check_grace_end() {
    std::string_view text = settings_.tokens.grace_ends;
    if (access::parse_grace_end(text)) return;
    auto const unit = place_of("auth.grace_ends").unit;
    text.remove_suffix(unit.size());
    problem("auth.grace_ends",
            fmt::format("must be {}, not \"{}\"",
                        unit.empty() ? "a date such as 2026-12-31 or 2026-12-31T18:00:00Z, or "
                                       "days such as 14d"
                                     : "a whole number of days from 0 to 3650",
                        text));
}

void Loading::check_secret_file() {
    auto const& file = settings_.tokens.secret_file;
    auto const text = read_small_file(file, access::key_text_bytes_max);
    if (!text) {
        std::error_code why;
        auto const is_absent =
            std::filesystem::status(file, why).type() == std::filesystem::file_type::not_found;
        problem("auth.jwt_secret_file",
                fmt::format("names {}, which {}{}", file, text.error(),
                            is_absent ? "; `filegate token rotate` makes it" : ""));
        return;
    }
    auto const secrets = access::parse_secrets(*text);
    if (!secrets || secrets->empty()) {
        problem("auth.jwt_secret_file",
                fmt::format("names {}, which is unusable: {}", file,
                            secrets ? "it has no secret" : secrets.error().message));
        return;
    }
    for (auto const& [id, secret] : *secrets) {
        auto const bytes = secret.reveal().size();
        if (bytes >= access::secret_bytes_advised) continue;
        problem("auth.jwt_secret_file",
                fmt::format("names {}, where secret \"{}\" {}", file, id, short_secret(bytes)),
                true);
    }
    if (others_can_read(file)) {
        problem(
            "auth.jwt_secret_file",
            fmt::format("names {}, which every user of this machine can read; chmod 600 it", file),
            true);
    }
}

void Loading::check_jwks() {
    auto const& place = settings_.tokens.jwks;
    if (access::is_url(place)) {
        auto const address = url_address(place);
        if (!address) {
            problem("auth.jwks", "is no URL such as https://HOST/.well-known/jwks.json");
        } else if (place.starts_with("http://") && !is_loopback(address->host)) {
            problem("auth.jwks",
                    "is http:// to another machine: whoever sits between could put "
                    "keys of their own there; use https://");
        }
        return;
    }
    auto const text = read_small_file(place, access::key_text_bytes_max);
    if (!text) {
        problem("auth.jwks", fmt::format("names {}, which {}", place, text.error()));
        return;
    }
    auto const keys = access::KeySet::of_jwks(*text);
    if (!keys) {
        problem("auth.jwks",
                fmt::format("names {}, which is unusable: {}", place, keys.error().message));
    } else if (keys->is_empty()) {
        problem("auth.jwks", fmt::format("names {}, which has no key for RS256 or ES256", place),
                true);
    }
}

void Loading::check_shared_token() {
    auto const& tokens = settings_.tokens;
    auto const& token = tokens.shared_token.reveal();
    auto const name = fmt::format("{}", fmt::join(tokens.shared_token_env, " or "));
    if (!tokens.has_keys()) {
        problem(name,
                "is set, and nothing else would take its place: the shared token is taken "
                "only for a while beside JWT; set JWT_SECRET_KEY or see [auth], or unset it");
    }
    if (access::has_jwt_form(token)) {
        problem(name, "has the form of a JWT, and a JWT that is not valid is never taken");
    } else if (!is_visible(token) || token.size() > access::token_bytes_max) {
        problem(name, "has blanks or characters that no token has, or is too long");
    } else if (token.size() < shared_token_bytes_advised) {
        problem(name, fmt::format("has {} bytes, few enough to be guessed", token.size()), true);
    }
}

}  // namespace filegate::config
