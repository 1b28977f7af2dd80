// What a file's owner may do with it once it is here, and the gateway's own life.

#include "gateway/gateway.hpp"

namespace filegate::gateway {
namespace {

// Each holds a descriptor and a connection; requests that are waited for are bounded by theirs.
constexpr std::size_t background_deliveries_at_once = 32;

std::string word(Result<void> const& checked) {
    return checked ? "ok" : checked.error().message;
}

}  // namespace

Gateway::Gateway(GatewayParts parts)
    : parts_(parts),
      background_(parts.background),
      deliveries_at_once_(background_deliveries_at_once) {}

Task<Result<void>> Gateway::start() {
    CO_TRY(auto const memories, co_await parts_.catalog.purpose_memories());
    for (auto const& memory : memories) {
        parts_.delivery.recall_purpose(memory.provider, memory.account, memory.asked,
                                       memory.worked);
    }
    run_in_background(remove_unneeded_copies());
    co_return {};
}

Task<void> Gateway::stop(Deadline drain_until) {
    co_await background_.stop(drain_until);
}

Task<Result<FileView>> Gateway::find(access::Principal const& caller, FileId id) {
    CO_TRY(auto found, co_await parts_.catalog.find_file(caller.id(), std::move(id)));
    co_return FileView{.file = std::move(found.file), .placements = std::move(found.placements)};
}

Task<Result<catalog::FilePage>> Gateway::list(access::Principal const& caller,
                                              catalog::ListQuery query) {
    co_return co_await parts_.catalog.list_files(caller.id(), std::move(query));
}

Task<Result<FileContent>> Gateway::content(access::Principal const& caller, FileId id) {
    CO_TRY(auto view, co_await find(caller, std::move(id)));
    CO_TRY(auto body, co_await parts_.blobs.open(view.file.sha256));
    co_return FileContent{.view = std::move(view), .body = std::move(body)};
}

// The record first: from then on nobody sees the file. Bytes and provider copies follow; what is
// interrupted is found again by their state.
Task<Result<void>> Gateway::remove(access::Principal const& caller, FileId id) {
    CO_TRY(auto const known, co_await find(caller, id));
    auto const hold = co_await digests_.lock(known.file.sha256.hex());
    CO_TRY(auto deleted,
           co_await parts_.catalog.delete_file(caller.id(), id, parts_.clock.wall_now()));
    // Providers may be slow, and their copies are marked durably: nobody needs to wait for them.
    if (!deleted.orphaned.empty()) {
        run_in_background(remove_provider_copies(std::move(deleted.orphaned)));
    }
    if (deleted.is_blob_unused) co_return co_await parts_.blobs.remove(known.file.sha256);
    co_return {};
}

Task<Readiness> Gateway::readiness() {
    auto const catalog = co_await parts_.catalog.check();
    auto const blobs = co_await parts_.blobs.check();
    auto const has_provider = !parts_.delivery.accounts().empty();
    co_return Readiness{
        .is_ready = catalog && blobs && has_provider,
        .parts = {{"catalog", word(catalog)},
                  {"blobs", word(blobs)},
                  {"providers", has_provider ? "ok" : "no provider is configured"}}};
}

void Gateway::run_in_background(Task<void> task) {
    parts_.background.post(
        [this, task = std::move(task)]() mutable { background_.spawn(std::move(task)); });
}

}  // namespace filegate::gateway
