#include "catalog/memory_tokens.hpp"

#include "catalog/refusals.hpp"

namespace filegate::catalog::memory {
namespace {

std::optional<WallTime> later(std::optional<WallTime> one, std::optional<WallTime> other) {
    if (!one || !other) return std::nullopt;
    return std::max(*one, *other);
}

}  // namespace

std::string Tokens::settle(std::string const& name, std::string const& value) {
    return settled_.try_emplace(name, value).first->second;
}

Result<void> Tokens::revoke(RevocationRecord const& revocation, WallTime now) {
    std::erase_if(revocations_,
                  [&](auto const& one) { return one.second.until && *one.second.until <= now; });
    Key const key(revocation.token_id, revocation.subject);
    auto const found = revocations_.find(key);
    if (found == revocations_.end()) {
        if (revocations_.size() >= list_limit_max) return fail(too_many_revocations());
        revocations_.emplace(key, revocation);
        return {};
    }
    auto& kept = found->second;
    kept.issued_before = later(kept.issued_before, revocation.issued_before);
    kept.until = later(kept.until, revocation.until);
    kept.revoked_at = revocation.revoked_at;
    return {};
}

std::vector<RevocationRecord> Tokens::revocations(WallTime now) const {
    std::vector<RevocationRecord> found;
    for (auto const& [key, revocation] : revocations_) {
        if (!revocation.until || *revocation.until > now) found.push_back(revocation);
    }
    return found;
}

}  // namespace filegate::catalog::memory
