#include "catalog/file_events.hpp"

#include <fmt/format.h>

namespace filegate::catalog {
namespace {

EventRecord event_of(FileRecord const& file, Cause const& cause, std::string action, WallTime now) {
    return {.at = now,
            .principal = cause.principal.text().empty() ? file.owner : cause.principal,
            .action = std::move(action),
            .subject = file.name,
            .outcome = "done",
            .detail = {},
            .door = cause.door,
            .peer_address = cause.peer_address,
            .request = cause.request,
            .file = file.id};
}

std::string copy_words(PlacementRecord const& placement) {
    return fmt::format("provider={} account={} purpose={} copy={}", placement.key.provider.text(),
                       placement.key.account.text(), placement.key.purpose.text(),
                       placement.provider_file_id.text());
}

}  // namespace

EventRecord file_added(NewFile const& asked, AddedFile const& added) {
    auto const is_new = added.is_new_record;
    auto event =
        event_of(added.file, asked.cause, is_new ? "file.created" : "file.deduplicated", asked.now);
    event.detail =
        fmt::format("bytes={} sha256={} type={}{}", asked.bytes, asked.sha256.hex(),
                    asked.mime_type, is_new && added.owner_had_bytes ? " known_bytes=yes" : "");
    if (!asked.unchecked.empty()) event.detail += " unchecked=" + asked.unchecked;
    return event;
}

EventRecord file_delivered(FileRecord const& file, PlacementRecord const& placement) {
    auto event = event_of(file, {}, "file.delivered", placement.created_at);
    event.detail = copy_words(placement);
    return event;
}

EventRecord file_linked(FileRecord const& file, PlacementRecord const& placement, WallTime now) {
    auto event = event_of(file, {}, "file.delivered", now);
    event.detail = copy_words(placement) + " reused=yes";
    return event;
}

EventRecord file_deleted(FileRecord const& file, Cause const& cause, WallTime now) {
    auto event = event_of(file, cause, "file.deleted", now);
    event.detail = fmt::format("bytes={} sha256={}", file.bytes, file.sha256.hex());
    if (event.principal != file.owner) event.detail += " owner=" + file.owner.text();
    return event;
}

}  // namespace filegate::catalog
