#include "delivery/signed_token.hpp"

#include "base/base64url.hpp"
#include "base/digest.hpp"

namespace filegate::delivery {
namespace {

constexpr milliseconds token_lifetime{210'000};
constexpr seconds token_used_for{180};
// A token's own lifetime forgives less than this either way.
constexpr seconds clock_difference_ignored{15};
// One that was refused this young was not refused for its age.
constexpr seconds fresh_for{5};

std::string encoded(std::string_view text) {
    return to_base64url(std::as_bytes(std::span(text)));
}

// Ids come from a configured key: only what JSON would have to escape is refused.
bool is_plain(std::string_view id) {
    auto const needs_no_escape = [](char c) {
        return c > ' ' && c < 0x7f && c != '"' && c != '\\';
    };
    return !id.empty() && std::ranges::all_of(id, needs_no_escape);
}

}  // namespace

std::optional<std::string> sign_token(std::string_view key, WallTime now) {
    auto const dot = key.find('.');
    if (dot == std::string_view::npos || dot + 1 == key.size()) return std::nullopt;
    auto const id = key.substr(0, dot);
    auto const secret = key.substr(dot + 1);
    if (!is_plain(id) || secret.find('.') != std::string_view::npos) return std::nullopt;
    auto const now_ms = now.time_since_epoch().count();
    auto const payload = fmt::format(R"({{"api_key":"{}","exp":{},"timestamp":{}}})", id,
                                     now_ms + token_lifetime.count(), now_ms);
    auto const signed_part =
        encoded(R"({"alg":"HS256","sign_type":"SIGN"})") + "." + encoded(payload);
    auto const signature = hmac_sha256(secret, signed_part);
    return signed_part + "." + to_base64url(std::as_bytes(std::span(signature.bytes)));
}

bool can_be_signed(Account const& account) {
    return sign_token(account.api_key.reveal(), WallTime()).has_value();
}

std::optional<std::string> SignedTokens::token_of(Account const& account) {
    std::scoped_lock const lock(mutex_);
    auto& entry = entries_[{account.contract->name.text(), account.name.text()}];
    auto const now = clock_.monotonic_now();
    if (!entry.token.empty() && now - entry.signed_at < token_used_for) return entry.token;
    auto token = sign_token(account.api_key.reveal(), clock_.wall_now() + entry.clock_difference);
    if (!token) return std::nullopt;
    entry.token = *token;
    entry.signed_at = now;
    return token;
}

bool SignedTokens::renew(Account const& account, std::string const& token,
                         std::optional<WallTime> provider_now) {
    std::scoped_lock const lock(mutex_);
    auto& entry = entries_[{account.contract->name.text(), account.name.text()}];
    if (entry.token != token) return true;
    auto const was_aged = clock_.monotonic_now() - entry.signed_at >= fresh_for;
    entry.token.clear();
    if (!provider_now) return was_aged;
    auto const difference = *provider_now - clock_.wall_now();
    auto const change = std::chrono::abs(difference - entry.clock_difference);
    if (change < clock_difference_ignored) return was_aged;
    entry.clock_difference =
        std::chrono::abs(difference) < clock_difference_ignored ? milliseconds(0) : difference;
    return true;
}

}  // namespace filegate::delivery
