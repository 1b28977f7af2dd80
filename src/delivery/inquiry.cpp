#include "delivery/inquiry.hpp"

namespace filegate::delivery {

Placed placed_copy(Account const& account, WirePurpose const& purpose, Sha256Digest const& sha256,
                   ProviderFile file, WallTime now) {
    Placed placed{&account, purpose, sha256, std::move(file), std::nullopt};
    placed.expires_at = placed.file.expires_at;
    if (!placed.expires_at && account.contract->retention) {
        placed.expires_at = placed.file.created_at.value_or(now) + *account.contract->retention;
    }
    return placed;
}

Task<Result<Finding>> inquire(Account const& account, WirePurpose const& purpose,
                              OpenIntent const& intent, ProviderList const& list,
                              Journal& journal) {
    Finding finding;
    std::vector<ProviderFileId> ids;
    for (auto const& file : list.files) {
        if (!may_be_copy_of(intent, purpose, file, list)) continue;
        finding.copies.push_back(file);
        ids.push_back(file.id);
    }
    if (finding.copies.empty()) co_return finding;
    CO_TRY(auto const known,
           co_await journal.knowledge_of(account, purpose, intent, std::move(ids)));
    std::erase_if(finding.copies,
                  [&](auto const& file) { return known.recorded.contains(file.id); });
    if (finding.copies.empty()) co_return finding;
    auto const age = [](ProviderFile const& file) { return std::tie(file.created_at, file.id); };
    std::ranges::sort(finding.copies, {}, age);
    finding.newest_rival_at = known.newest_rival_at;
    finding.answer = known.newest_rival_at ? Finding::Answer::unclear : Finding::Answer::found;
    co_return finding;
}

}  // namespace filegate::delivery
