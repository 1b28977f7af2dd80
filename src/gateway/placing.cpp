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
    if (!request.purpose) request.purpose = purpose_at(request.providers, known.file.purpose);
    CO_TRY(parts_.delivery.check_preference(
        {.providers = request.providers, .purpose = request.purpose}));
    CO_TRY(co_await record_foreign_delivery(caller, known.file));
    CO_TRY(auto outcomes, co_await place(known.file, std::move(request)));
    CO_TRY(auto view, co_await find(caller, id));
    view.outcomes = std::move(outcomes);
    co_return view;
}

// A placement's row names the file's owner; who asked for it is a row of its own when it was an
// admin.
Task<Result<void>> Gateway::record_foreign_delivery(access::Principal const& caller,
                                                    catalog::FileRecord const& file) {
    if (file.owner == caller.id()) co_return Result<void>();
    auto event = event_of(caller, "delivery.asked", parts_.clock.wall_now());
    event.subject = file.name;
    event.file = file.id;
    event.detail = "owner=" + file.owner.text();
    co_return co_await parts_.audit.record(std::move(event));
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
    auto outcomes = co_await try_once(file, request, no_deadline);
    if (outcomes && has_success(*outcomes)) co_return std::move(*outcomes);
    auto failure = outcomes ? std::move(*outcomes->front().failure) : std::move(outcomes).error();
    co_return fail(co_await note_failure(file, std::move(failure)));
}

Task<Result<Outcomes>> Gateway::try_once(catalog::FileRecord const& file,
                                         DeliverRequest const& request, Deadline deadline) {
    CO_TRY(auto const body, co_await parts_.blobs.open(file.sha256));
    CatalogJournal journal(parts_.catalog, parts_.clock, parts_.ids, file);
    delivery::Parcel const parcel{
        .facts = {.bytes = file.bytes, .name = file.name, .mime_type = file.mime_type},
        .sha256 = file.sha256,
        .body = body.get(),
        .wish = {.providers = request.providers, .purpose = request.purpose},
        .deadline = deadline,
        .trace_id = file.id.text()};
    co_return co_await parts_.delivery.deliver(parcel, journal);
}

Task<Result<Outcomes>> Gateway::try_queued(catalog::FileRecord const& file,
                                           catalog::QueuedDelivery const& delivery) {
    DeliverRequest const request{.providers = delivery.providers, .purpose = delivery.purpose};
    auto const left =
        std::max<milliseconds>(delivery.deadline - parts_.clock.wall_now(), milliseconds(0));
    auto const time = std::min<milliseconds>(left, parts_.delivery.options().delivery_timeout);
    co_return co_await try_once(file, request, parts_.clock.monotonic_now() + time);
}

// Nobody waits: the file's status tells its owner, the log the operator.
Task<void> Gateway::note_given_up(catalog::FileRecord const& file, Error error) {
    parts_.log.write(observe::LogLevel::warning, "delivery.failed",
                     {{"file", file.id.text()},
                      {"error", std::string(error_row(error.code).name)},
                      {"message", error.message},
                      {"detail", error.detail}});
    (void)co_await note_failure(file, std::move(error));
}

Task<void> Gateway::remove_marked_copies() {
    (void)co_await parts_.recovery.remove_marked_copies();
}

// The file's status tells its owner that it is kept but nowhere else. A file that is already placed
// somewhere stays `placed`.
Task<Error> Gateway::note_failure(catalog::FileRecord const& file, Error error) {
    if (error.code == ErrorCode::file_not_found) {
        // Its owner deleted it meanwhile; a copy that was just made is marked for removal.
        run_in_background(remove_marked_copies());
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

}  // namespace filegate::gateway
