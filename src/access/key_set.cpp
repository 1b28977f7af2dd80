// The secrets' file, newest first:
//   file   = *(line LF)
//   line   = *SP / "#" *CHAR / [kid ":"] secret
//   kid    = 1*128 of A-Z a-z 0-9 . _ -          what stands before the first colon
//   secret = 16*4096 CHAR                         without blanks around it

#include "access/key_set.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace filegate::access {
namespace {

constexpr std::size_t secret_bytes_max = 4096;

std::unexpected<Error> unusable(std::string message) {
    return fail(ErrorCode::configuration_error, std::move(message));
}

std::string_view trimmed(std::string_view line) {
    auto const is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && is_blank(line.back()))
        line.remove_suffix(1);
    while (!line.empty() && is_blank(line.front()))
        line.remove_prefix(1);
    return line;
}

// Never quotes the line: a wrong one is still a secret.
Result<NamedSecret> secret_of_line(std::string_view line, std::size_t number) {
    auto const colon = line.find(':');
    auto const id = colon == std::string_view::npos ? "" : line.substr(0, colon);
    auto const secret = colon == std::string_view::npos ? line : line.substr(colon + 1);
    if (colon != std::string_view::npos && !is_key_id(id)) {
        return unusable(
            fmt::format("line {}: what stands before the colon is no key id of "
                        "A-Z, a-z, 0-9, '.', '_' and '-'",
                        number));
    }
    if (secret.size() < secret_bytes_min || secret.size() > secret_bytes_max) {
        return unusable(fmt::format("line {}: the secret has {} bytes; it must have {} to {}",
                                    number, secret.size(), secret_bytes_min, secret_bytes_max));
    }
    return NamedSecret{.id = std::string(id), .secret = Secret(std::string(secret))};
}

}  // namespace

bool is_key_id(std::string_view text) {
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= key_id_bytes_max && std::ranges::all_of(text, is_plain);
}

Result<std::vector<NamedSecret>> parse_secrets(std::string_view text) {
    std::vector<NamedSecret> secrets;
    std::set<std::string> ids;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        auto const line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        TRY(auto secret, secret_of_line(line, number));
        if (!secret.id.empty() && !ids.insert(secret.id).second) {
            return unusable(
                fmt::format("line {}: its key id stands on an earlier line, too", number));
        }
        secrets.push_back(std::move(secret));
        if (secrets.size() > keys_max) {
            return unusable(
                fmt::format("it has more than {} secrets; remove the oldest", keys_max));
        }
    }
    return secrets;
}

Result<KeySet> KeySet::of_secrets(std::string_view text) {
    TRY(auto const secrets, parse_secrets(text));
    KeySet set;
    for (auto const& [id, secret] : secrets)
        set.add(SigningKey::of_secret(id, secret));
    return set;
}

Result<KeySet> KeySet::of_jwks(std::string_view text) {
    auto const object = JsonObject::parse(text);
    if (!object) return unusable("it is not one JSON object in which no name stands twice");
    auto const jwks = object->objects("keys", keys_max);
    if (!jwks) {
        return unusable(fmt::format("it has no member 'keys' with a list of at most {}", keys_max));
    }
    KeySet set;
    for (auto const& jwk : *jwks) {
        if (auto key = SigningKey::of_jwk(jwk)) set.add(*std::move(key));
    }
    return set;
}

std::vector<SigningKey const*> KeySet::matching(KeyWish const& wish) const {
    std::vector<SigningKey const*> found;
    for (auto const& key : keys_) {
        if (key.algorithm() != wish.algorithm) continue;
        if (!wish.id.empty() && key.id() == wish.id) return {&key};
        if (wish.id.empty() || key.id().empty()) found.push_back(&key);
    }
    return found;
}

}  // namespace filegate::access
