#include "gateway/catalog_journal.hpp"

namespace filegate::gateway {

catalog::PlacementKey CatalogJournal::key(delivery::Account const& account,
                                          WirePurpose const& purpose) const {
    return {.provider = account.contract->name,
            .account = account.name,
            .purpose = purpose,
            .sha256 = file_.sha256};
}

Task<Result<bool>> CatalogJournal::reuse(delivery::Account const& account,
                                         WirePurpose const& purpose) {
    auto const now = clock_.wall_now();
    CO_TRY(auto const placement, co_await catalog_.find_placement(key(account, purpose), now));
    if (!placement) co_return false;
    auto const linked = co_await catalog_.link_placement(file_.id, placement->id);
    if (linked) co_return true;
    // Between the two calls the placement ceased to be live: there is nothing to reuse any more.
    if (linked.error().code == ErrorCode::concurrent_upload) co_return false;
    co_return fail(linked.error());
}

Task<Result<IntentId>> CatalogJournal::begin(delivery::Account const& account,
                                             WirePurpose const& purpose) {
    catalog::IntentRecord intent{.id = ids_.intent(),
                                 .key = key(account, purpose),
                                 .file = file_.id,
                                 .filename = file_.name,
                                 .bytes = file_.bytes,
                                 .started_at = clock_.wall_now()};
    auto const id = intent.id;
    CO_TRY(co_await catalog_.begin_intent(std::move(intent)));
    co_return id;
}

Task<Result<void>> CatalogJournal::finish(IntentId const& intent, delivery::Placed const& placed) {
    catalog::PlacementRecord placement{.id = ids_.placement(),
                                       .key = key(*placed.account, placed.purpose),
                                       .provider_file_id = placed.file.id,
                                       .bytes = file_.bytes,
                                       .status = catalog::PlacementStatus::live,
                                       .provider_status = placed.file.status,
                                       .created_at = clock_.wall_now(),
                                       .expires_at = placed.expires_at};
    co_return co_await catalog_.finish_intent(intent, std::move(placement));
}

Task<Result<void>> CatalogJournal::abandon(IntentId const& intent) {
    co_return co_await catalog_.abandon_intent(intent);
}

Task<Result<void>> CatalogJournal::remember_purpose(delivery::Account const& account,
                                                    Purpose const& asked,
                                                    WirePurpose const& worked) {
    catalog::PurposeMemory memory{.provider = account.contract->name,
                                  .account = account.name,
                                  .asked = asked,
                                  .worked = worked};
    co_return co_await catalog_.remember_purpose(std::move(memory));
}

}  // namespace filegate::gateway
