#include "gateway/catalog_journal.hpp"

#include "delivery/copy_match.hpp"

namespace filegate::gateway {
namespace {

delivery::OpenIntent open_intent(catalog::IntentRecord const& intent) {
    return {.id = intent.id,
            .filename = intent.filename,
            .bytes = intent.bytes,
            .started_at = intent.started_at};
}

}  // namespace

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
    auto const linked = co_await catalog_.link_placement(file_.id, placement->id, now);
    if (linked) co_return true;
    // Between the two calls the placement ceased to be live: there is nothing to reuse any more.
    if (linked.error().code == ErrorCode::concurrent_upload) co_return false;
    co_return fail(linked.error());
}

catalog::PlacementRecord CatalogJournal::placement(delivery::Placed const& placed) const {
    return {.id = ids_.placement(),
            .key = key(*placed.account, placed.purpose),
            .provider_file_id = placed.file.id,
            .bytes = file_.bytes,
            .status = catalog::PlacementStatus::live,
            .provider_status = placed.file.status,
            .created_at = clock_.wall_now(),
            .expires_at = placed.expires_at};
}

Task<Result<delivery::OpenIntent>> CatalogJournal::begin(delivery::Account const& account,
                                                         WirePurpose const& purpose) {
    catalog::IntentRecord intent{.id = ids_.intent(),
                                 .key = key(account, purpose),
                                 .file = file_.id,
                                 .filename = file_.name,
                                 .bytes = file_.bytes,
                                 .started_at = clock_.wall_now()};
    auto open = open_intent(intent);
    CO_TRY(co_await catalog_.begin_intent(std::move(intent)));
    co_return open;
}

Task<Result<void>> CatalogJournal::finish(IntentId const& intent, delivery::Placed const& placed) {
    co_return co_await catalog_.finish_intent(intent, placement(placed));
}

Task<Result<void>> CatalogJournal::abandon(IntentId const& intent) {
    co_return co_await catalog_.abandon_intent(intent);
}

Task<Result<void>> CatalogJournal::discard(IntentId const& intent, delivery::Placed const& placed) {
    co_return co_await catalog_.discard_intent(intent, placement(placed));
}

Task<Result<std::vector<delivery::OpenIntent>>> CatalogJournal::left_open(
    delivery::Account const& account, WirePurpose const& purpose) {
    CO_TRY(auto const open, co_await catalog_.open_intents_of(key(account, purpose)));
    std::vector<delivery::OpenIntent> left;
    std::ranges::transform(open, std::back_inserter(left), open_intent);
    co_return left;
}

// Open intents first: one that is finished between the two calls is then seen as both, an open
// intent and a placement; the other way round it would be seen as neither.
Task<Result<delivery::CopyKnowledge>> CatalogJournal::knowledge_of(
    delivery::Account const& account, WirePurpose const& purpose, delivery::OpenIntent const& own,
    std::vector<ProviderFileId> listed) {
    auto const wanted = key(account, purpose);
    CO_TRY(auto const alike, co_await catalog_.open_intents_like(wanted, own.bytes));
    CO_TRY(auto const recorded,
           co_await catalog_.recorded_copies(wanted.provider, wanted.account, std::move(listed)));
    co_return delivery::CopyKnowledge{.recorded = {recorded.begin(), recorded.end()},
                                      .newest_rival_at = newest_rival_at(alike, own.filename)};
}

// `alike` are the oldest, in that order. Where there are too many to be told, the youngest may be
// of this moment.
std::optional<WallTime> CatalogJournal::newest_rival_at(
    std::vector<catalog::IntentRecord> const& alike, std::string_view filename) const {
    if (alike.size() >= catalog::list_limit_max) return clock_.wall_now();
    std::optional<WallTime> newest;
    for (auto const& intent : alike) {
        if (intent.key.sha256 == file_.sha256) continue;
        if (delivery::names_may_be_equal(intent.filename, filename)) newest = intent.started_at;
    }
    return newest;
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
