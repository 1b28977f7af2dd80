// What a file's owner may do with it once it is here, and the gateway's own life.

#include "gateway/gateway.hpp"

namespace filegate::gateway {

Gateway::Gateway(GatewayParts parts, QueueOptions queue)
    : parts_(parts),
      background_(parts.background),
      periodic_(parts.background),
      queue_({.catalog = parts.catalog,
              .work = *this,
              .clock = parts.clock,
              .ids = parts.ids,
              .random = parts.random,
              .log = parts.log,
              .background = parts.background},
             queue) {}

Task<Result<void>> Gateway::start() {
    CO_TRY(auto const memories, co_await parts_.catalog.purpose_memories());
    for (auto const& memory : memories) {
        parts_.delivery.recall_purpose(memory.provider, memory.account, memory.asked,
                                       memory.worked);
    }
    run_in_background(recover());
    queue_.wake();
    co_return {};
}

Task<void> Gateway::recover() {
    auto const report = co_await parts_.recovery.run(RecoveryMode::act);
    if (report) co_return;
    parts_.log.write(observe::LogLevel::warning, "recovery.failed",
                     {{"message", report.error().message}, {"detail", report.error().detail}});
}

void Gateway::run_periodically() {
    periodic_.spawn(parts_.recovery.run_periodically());
    periodic_.spawn(parts_.delivery.probe_periodically());
}

Task<void> Gateway::stop(Deadline drain_until) {
    periodic_.cancel();
    co_await queue_.stop(drain_until);
    co_await background_.stop(drain_until);
    co_await periodic_.join();
}

Task<Result<FileView>> Gateway::find(access::Principal const& caller, FileId id) {
    auto found = co_await parts_.catalog.find_file(caller.id(), id);
    if (!found && found.error().code == ErrorCode::file_not_found && caller.is_admin()) {
        CO_TRY(auto const known, co_await parts_.catalog.file_record(id));
        found = co_await parts_.catalog.find_file(known.owner, id);
    }
    if (!found) co_return fail(std::move(found).error());
    co_return FileView{.file = std::move(found->file), .placements = std::move(found->placements)};
}

Task<Result<catalog::FilePage>> Gateway::list(access::Principal const& caller,
                                              catalog::ListQuery query, ListedFiles whose) {
    auto owner = whose.owner.value_or(caller.id());
    if (caller.is_admin() && whose.is_everybodys) {
        co_return co_await parts_.catalog.list_files(std::nullopt, std::move(query));
    }
    if (!caller.is_admin() && (whose.is_everybodys || owner != caller.id())) {
        co_return fail(Error{.code = ErrorCode::permission_denied,
                             .message = "only the scope 'admin' lists the files of others; leave "
                                        "owner out to list your own",
                             .param = "owner"});
    }
    co_return co_await parts_.catalog.list_files(std::move(owner), std::move(query));
}

Task<Result<FileContent>> Gateway::content(access::Principal const& caller, FileId id) {
    CO_TRY(auto view, co_await find(caller, std::move(id)));
    CO_TRY(auto body, co_await parts_.blobs.open(view.file.sha256));
    auto event = event_of(caller, "file.downloaded", parts_.clock.wall_now());
    event.subject = view.file.name;
    event.file = view.file.id;
    parts_.audit.note(std::move(event));
    co_return FileContent{.view = std::move(view), .body = std::move(body)};
}

// The record first: from then on nobody sees the file. Bytes and provider copies follow; what is
// interrupted is found again by their state.
Task<Result<void>> Gateway::remove(access::Principal const& caller, FileId id) {
    CO_TRY(auto const known, co_await find(caller, id));
    auto const hold = co_await digests_.lock(known.file.sha256.hex());
    CO_TRY(auto deleted, co_await parts_.catalog.delete_file(
                             known.file.owner, id, parts_.clock.wall_now(), cause_of(caller)));
    // Providers may be slow, and their copies are marked durably: nobody needs to wait for them.
    if (!deleted.orphaned.empty()) {
        run_in_background(parts_.recovery.remove_copies_of(std::move(deleted.orphaned)));
    }
    if (deleted.is_blob_unused) co_return co_await parts_.blobs.remove(known.file.sha256);
    co_return {};
}

void Gateway::run_in_background(Task<void> task) {
    parts_.background.post(
        [this, task = std::move(task)]() mutable { background_.spawn(std::move(task)); });
}

}  // namespace filegate::gateway
