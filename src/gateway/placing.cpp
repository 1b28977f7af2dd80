// Getting a kept file to providers: now, later, again; and taking provider copies away.

#include "gateway/catalog_journal.hpp"
#include "gateway/gateway.hpp"

namespace filegate::gateway {
namespace {

constexpr int background_deliveries_max = 10'000;
constexpr std::size_t removals_at_once = 1000;

bool has_success(Outcomes const& outcomes) {
    return std::ranges::any_of(outcomes, [](auto const& outcome) { return !outcome.failure; });
}

}  // namespace

Task<Result<FileView>> Gateway::deliver(access::Principal const& caller, FileId id,
                                        DeliverRequest request) {
    CO_TRY(auto const known, co_await find(caller, id));
    if (!request.purpose) request.purpose = purpose_at(request.providers, known.file.purpose);
    CO_TRY(parts_.delivery.check_preference(
        {.providers = request.providers, .purpose = request.purpose}));
    CO_TRY(auto outcomes, co_await place(known.file, std::move(request)));
    CO_TRY(auto view, co_await find(caller, id));
    view.outcomes = std::move(outcomes);
    co_return view;
}

// The recorded word may be one that the providers now named do not know (each has its own); then
// each one's default stands for it.
std::optional<Purpose> Gateway::purpose_at(std::vector<ProviderName> const& providers,
                                           Purpose const& recorded) const {
    auto const is_known =
        parts_.delivery.check_preference({.providers = providers, .purpose = recorded});
    return is_known ? std::optional(recorded) : std::nullopt;
}

// Fails when no provider took the file; the error then says that and where the file is kept.
Task<Result<Outcomes>> Gateway::place_now(catalog::FileRecord const& file,
                                          DeliverRequest const& request) {
    auto const body = co_await parts_.blobs.open(file.sha256);
    if (!body) co_return fail(co_await note_failure(file, body.error()));
    CatalogJournal journal(parts_.catalog, parts_.clock, parts_.ids, file);
    delivery::Parcel const parcel{
        .facts = {.bytes = file.bytes, .name = file.name, .mime_type = file.mime_type},
        .sha256 = file.sha256,
        .body = body->get(),
        .wish = {.providers = request.providers, .purpose = request.purpose},
        .trace_id = file.id.text()};
    auto outcomes = co_await parts_.delivery.deliver(parcel, journal);
    if (outcomes && has_success(*outcomes)) co_return std::move(*outcomes);
    auto failure = outcomes ? std::move(*outcomes->front().failure) : std::move(outcomes).error();
    co_return fail(co_await note_failure(file, std::move(failure)));
}

Result<void> Gateway::queue_delivery(catalog::FileRecord const& file,
                                     DeliverRequest const& request) {
    if (deliveries_queued_.fetch_add(1) >= background_deliveries_max) {
        --deliveries_queued_;
        return fail(Error{
            .code = ErrorCode::overloaded,
            .message = fmt::format("{} deliveries are waiting already", background_deliveries_max),
            .retry_after_s = 10});
    }
    run_in_background(place_later(file, request));
    return {};
}

Task<void> Gateway::place_later(catalog::FileRecord file, DeliverRequest request) {
    struct Leave {
        std::atomic<int>& queued;
        ~Leave() { --queued; }
    } const leave{deliveries_queued_};
    auto const turn = co_await deliveries_at_once_.acquire();
    auto const outcome = co_await place_now(file, request);
    if (outcome) co_return;
    // Nobody waits: the file's status tells its owner, the log the operator.
    parts_.log.write(observe::LogLevel::warning, "delivery.failed",
                     {{"file", file.id.text()},
                      {"error", std::string(error_row(outcome.error().code).name)},
                      {"message", outcome.error().message},
                      {"detail", outcome.error().detail}});
}

// The file's status tells its owner that it is kept but nowhere else. A file that is already placed
// somewhere stays `placed`.
Task<Error> Gateway::note_failure(catalog::FileRecord const& file, Error error) {
    if (error.code == ErrorCode::file_not_found) {
        // Its owner deleted it meanwhile; a copy that was just made is marked for removal.
        run_in_background(remove_unneeded_copies());
        co_return error;
    }
    if (file.status != catalog::FileStatus::placed) {
        auto const noted = co_await parts_.catalog.set_file_status(
            file.id, catalog::FileStatus::failed, error.message);
        if (!noted) error.detail += "; status not written: " + noted.error().message;
    }
    error.file_id = file.id.text();
    while (error.message.ends_with('.'))
        error.message.pop_back();
    auto const is_refused = error.code == ErrorCode::provider_refused_file;
    error.message += fmt::format(
        "; the file is kept as {0}: {1} (POST /v1/files/{0}/deliver)", file.id.text(),
        is_refused ? "another provider may take it" : "deliver it again, or just upload it again");
    co_return error;
}

Task<void> Gateway::remove_unneeded_copies() {
    auto placements = co_await parts_.catalog.placements_with_status(
        catalog::PlacementStatus::deleting, removals_at_once);
    if (placements) co_await remove_provider_copies(std::move(*placements));
}

// Each copy that cannot be removed now stays `deleting` and is tried again at the next start.
Task<void> Gateway::remove_provider_copies(std::vector<catalog::PlacementRecord> placements) {
    for (auto const& placement : placements) {
        auto const removed = co_await parts_.delivery.remove(
            placement.key.provider, placement.key.account, placement.provider_file_id);
        if (!removed) continue;
        auto const noted = co_await parts_.catalog.set_placement_status(
            placement.id, catalog::PlacementStatus::deleted);
        static_cast<void>(noted);  // stays `deleting`: removing it again does no harm
    }
}

}  // namespace filegate::gateway
