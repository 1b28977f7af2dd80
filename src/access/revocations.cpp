#include "access/revocations.hpp"

namespace filegate::access {
namespace {

// The stricter of two: what either refuses is refused.
std::optional<WallTime> later(std::optional<WallTime> one, std::optional<WallTime> other) {
    if (!one || !other) return std::nullopt;
    return std::max(*one, *other);
}

}  // namespace

Result<void> Revocations::add(Revocation const& revocation, WallTime now) {
    std::scoped_lock const lock(mutex_);
    drop_expired(now);
    auto& entries = revocation.token_id.empty() ? by_subject_ : by_token_;
    auto const& name =
        revocation.token_id.empty() ? revocation.subject.text() : revocation.token_id;
    Entry const wanted{.issued_before = revocation.issued_before.value_or(now),
                       .until = revocation.until};
    auto const found = entries.find(name);
    if (found != entries.end()) {
        found->second = {
            .issued_before = std::max(found->second.issued_before, wanted.issued_before),
            .until = later(found->second.until, wanted.until)};
        return {};
    }
    if (by_token_.size() + by_subject_.size() >= revocations_max) {
        return fail(ErrorCode::overloaded,
                    fmt::format("{} tokens are revoked already, the most that are kept; exchange "
                                "the signing key instead: filegate token rotate, then remove the "
                                "old line from auth.jwt_secret_file",
                                revocations_max));
    }
    entries.emplace(name, wanted);
    return {};
}

bool Revocations::is_revoked(std::string const& token_id, PrincipalId const& subject,
                             std::optional<WallTime> issued_at) const {
    std::shared_lock const lock(mutex_);
    if (!token_id.empty() && by_token_.contains(token_id)) return true;
    auto const entry = by_subject_.find(subject.text());
    // Who does not say when it was issued may have been issued before.
    return entry != by_subject_.end() &&
           issued_at.value_or(WallTime()) < entry->second.issued_before;
}

void Revocations::drop_expired(WallTime now) {
    auto const is_over = [&](auto const& entry) {
        return entry.second.until && *entry.second.until <= now;
    };
    std::erase_if(by_token_, is_over);
    std::erase_if(by_subject_, is_over);
}

}  // namespace filegate::access
