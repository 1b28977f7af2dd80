#include "sandbox/credentials.hpp"

#include <algorithm>

#include "sandbox/signed_token.hpp"

namespace filegate::sandbox {

namespace {

constexpr std::string_view scheme = "bearer ";
constexpr std::size_t secrets_max = 1'000;  // of further ids every signature passes
constexpr std::chrono::minutes ahead_max{5};

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::optional<Complaint> check_key(std::string_view key) {
    if (key.starts_with("bad")) return Complaint{.trouble = Trouble::bad_key};
    if (key.starts_with("exhausted")) return Complaint{.trouble = Trouble::account_exhausted};
    return std::nullopt;
}

}  // namespace

std::string_view bearer_key(net::Headers const& headers) {
    auto const value = headers.find("Authorization").value_or("");
    if (!std::ranges::equal(value.substr(0, scheme.size()), scheme, {}, lower)) return {};
    auto const start = value.find_first_not_of(' ', scheme.size());
    if (start == std::string_view::npos) return {};
    return value.substr(start, value.find_last_not_of(' ') + 1 - start);
}

std::optional<Complaint> Credentials::check(net::Headers const& headers, contracts::IdShape shape,
                                            WallTime now) {
    auto const key = bearer_key(headers);
    if (key.empty()) return Complaint{.trouble = Trouble::no_authorization};
    auto const is_glm = shape == contracts::IdShape::glm;
    if (is_glm && has_token_shape(key)) return check_token(key, now);
    auto complaint = check_key(key);
    if (!complaint && is_glm) learn(key);
    return complaint;
}

std::optional<Complaint> Credentials::check_token(std::string_view key, WallTime now) const {
    Complaint const malformed{.trouble = Trouble::bad_key};
    auto const token = read_signed_token(key);
    if (!token) return malformed;
    auto const secret = secrets_.find(token->key_id);
    if (secret != secrets_.end() && !is_signed_with(*token, secret->second)) return malformed;
    if (token->expires_at <= now) return Complaint{.trouble = Trouble::expired_token};
    if (token->issued_at > now + ahead_max) return malformed;
    return check_key(token->key_id);
}

void Credentials::learn(std::string_view key) {
    auto const dot = key.find('.');
    if (dot == key.npos || dot == 0 || dot + 1 == key.size()) return;
    auto const id = key.substr(0, dot);
    auto const known = secrets_.find(id);
    if (known != secrets_.end()) {
        known->second = key.substr(dot + 1);
    } else if (secrets_.size() < secrets_max) {
        secrets_.emplace(id, key.substr(dot + 1));
    }
}

}  // namespace filegate::sandbox
