#include "access/grace.hpp"

#include <charconv>

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace filegate::access {
namespace {

constexpr seconds warned_every{60};
constexpr std::int64_t days_max = 3650;

std::optional<milliseconds> parse_span(std::string_view text) {
    std::int64_t count = 0;
    auto const [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    std::string_view const unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    if (error != std::errc() || count < 0 || count > days_max * 24) return std::nullopt;
    if (unit == "h") return std::chrono::hours(count);
    if (unit == "d" && count <= days_max) return std::chrono::days(count);
    return std::nullopt;
}

}  // namespace

std::optional<GraceEnd> parse_grace_end(std::string_view text) {
    if (auto const at = parse_date(text)) return GraceEnd{.at = at};
    if (auto const after = parse_span(text)) return GraceEnd{.at = std::nullopt, .after = *after};
    return std::nullopt;
}

bool has_jwt_form(std::string_view token) {
    return token.starts_with("eyJ") && std::ranges::count(token, '.') == 2;
}

Grace::Grace(Secret const& shared_token, Clock const& clock, observe::Log& log)
    : digest_(sha256(shared_token.reveal())),
      is_configured_(!shared_token.is_empty()),
      clock_(clock),
      log_(log) {}

bool Grace::is_shared_token(std::string_view token) const {
    if (!is_configured_ || has_jwt_form(token)) return false;
    auto const digest = sha256(token);
    return CRYPTO_memcmp(digest.bytes.data(), digest_.bytes.data(), digest.bytes.size()) == 0;
}

Result<WallTime> Grace::use(std::string const& peer_address) {
    if (!ends_at_ || clock_.wall_now() >= *ends_at_) {
        return fail(ErrorCode::token_expired,
                    fmt::format("the shared token is no longer taken{}; ask for a JWT (filegate "
                                "token issue)",
                                ends_at_ ? " since " + date_text(*ends_at_) : ""));
    }
    warn(peer_address);
    return *ends_at_;
}

void Grace::warn(std::string const& peer_address) {
    std::int64_t uses = 0;
    {
        std::scoped_lock const lock(mutex_);
        auto const now = clock_.monotonic_now();
        ++uses_;
        if (warned_at_ && now - *warned_at_ < warned_every) return;
        warned_at_ = now;
        uses = std::exchange(uses_, 0);
    }
    log_.write(observe::LogLevel::warning, "token.shared_used",
               {{"uses", uses},
                {"last_from", peer_address},
                {"ends_at", date_text(*ends_at_)},
                {"message", "clients that still send the shared token need a JWT by then"}});
}

}  // namespace filegate::access
