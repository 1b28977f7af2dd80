// Getting a kept file to providers: now, later, again; and taking provider copies away.

#include "gateway/catalog_journal.hpp"
#include "gateway/gateway.hpp"

namespace filegate::gateway {
namespace {

bool has_success(Outcomes const& outcomes) {
    return std::ranges::any_of(outcomes, [](auto const& outcome) { return !outcome.failure; });
}

}  // namespace

Task<Result<FileView>> Gateway::deliver(access::Principal const& caller, FileId id,
                                        DeliverRequest request) {
    CO_TRY(auto const known, co_await find(caller, id));
    if (!request.purpose) request.purpose = known.file.purpose;
    CO_TRY(parts_.delivery.check_preference(
        {.providers = request.providers, .purpose = request.purpose}));
    CO_TRY(auto outcomes, co_await place(known.file, std::move(request)));
    CO_TRY(auto view, co_await find(caller, id));
    view.outcomes = std::move(outcomes);
    co_return view;
}

// Fails when no provider took the file; the error then says that and where the file is kept.
Task<Result<Outcomes>> Gateway::place_now(catalog::FileRecord const& file,
                                          DeliverRequest const& request) {
    CO_TRY(auto const body, co_await parts_.blobs.open(file.sha256));
    CatalogJournal journal(parts_.catalog, parts_.clock, parts_.ids, file);
    delivery::Parcel const parcel{
        .facts = {.bytes = file.bytes, .name = file.name, .mime_type = file.mime_type},
        .sha256 = file.sha256,
        .body = body.get(),
        .wish = {.providers = request.providers, .purpose = request.purpose},
        .trace_id = file.id.text()};
    auto outcomes = co_await parts_.delivery.deliver(parcel, journal);
    if (outcomes && has_success(*outcomes)) co_return std::move(*outcomes);
    auto failure = outcomes ? std::move(*outcomes->front().failure) : std::move(outcomes).error();
    co_return fail(co_await note_failure(file, std::move(failure)));
}

Task<void> Gateway::place_later(catalog::FileRecord file, DeliverRequest request) {
    // The outcome is in the file's status; there is nobody here to tell.
    auto const outcome = co_await place_now(file, request);
    static_cast<void>(outcome);
}

// The file's status tells its owner that it is kept but nowhere else. A file that is already placed
// somewhere stays `placed`.
Task<Error> Gateway::note_failure(catalog::FileRecord const& file, Error error) {
    error.file_id = file.id.text();
    error.message +=
        "; the file is kept as " + file.id.text() +
        " and can be delivered again (POST /v1/files/{id}/deliver, or upload it again)";
    if (file.status != catalog::FileStatus::placed) {
        auto const noted = co_await parts_.catalog.set_file_status(
            file.id, catalog::FileStatus::failed, error.message);
        if (!noted)
            error.detail += "; and its status could not be written: " + noted.error().message;
    }
    co_return error;
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
