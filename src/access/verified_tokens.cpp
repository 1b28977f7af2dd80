#include "access/verified_tokens.hpp"

namespace filegate::access {

std::optional<VerifiedToken> VerifiedTokens::find(Sha256Digest const& digest, std::uint64_t version,
                                                  MonotonicTime now) {
    auto& shelf = shelf_of(digest);
    std::scoped_lock const lock(shelf.mutex);
    auto const found = shelf.entries.find(digest);
    if (found == shelf.entries.end()) return std::nullopt;
    auto const& entry = found->second;
    if (entry.version != version || now >= entry.kept_until) return std::nullopt;
    return entry.token;
}

void VerifiedTokens::keep(Sha256Digest const& digest, VerifiedToken token, std::uint64_t version,
                          MonotonicTime now) {
    auto& shelf = shelf_of(digest);
    std::scoped_lock const lock(shelf.mutex);
    auto const [entry, is_new] = shelf.entries.try_emplace(digest);
    entry->second = {.token = std::move(token), .version = version, .kept_until = now + kept_for};
    if (!is_new) return;
    shelf.by_age.push_back(digest);
    if (shelf.entries.size() <= shelf_tokens_max_) return;
    shelf.entries.erase(shelf.by_age.front());
    shelf.by_age.pop_front();
}

std::size_t VerifiedTokens::size() const {
    std::size_t count = 0;
    for (auto const& shelf : shelves_) {
        std::scoped_lock const lock(shelf.mutex);
        count += shelf.entries.size();
    }
    return count;
}

}  // namespace filegate::access
