// The main path. Read upload() first: it is the whole story in five lines; the steps follow it in
// order. Delivery and everything that happens to a file afterwards is in placing.cpp and files.cpp.

#include "gateway/file_name.hpp"
#include "gateway/gateway.hpp"

namespace filegate::gateway {
namespace {

// What the file is recorded under when the caller names no purpose: the default of the provider it
// is for, or the OpenAI word that means the default everywhere.
Purpose default_purpose(std::vector<delivery::Account> const& accounts,
                        std::vector<ProviderName> const& providers) {
    for (auto const& account : accounts) {
        if (!providers.empty() && account.contract->name == providers.front()) {
            return account.contract->default_purpose;
        }
    }
    return Purpose("assistants");
}

// The body, which sees to it that the name, where it comes in a later field of a form, is known
// when the content is judged.
class NamingBody final : public ByteSource {
public:
    NamingBody(IncomingFile& incoming, ingest::Expectation& expected)
        : incoming_(incoming), expected_(expected) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        CO_TRY(auto const count, co_await incoming_.read(into));
        if (count == 0) {
            // A name that is not taken is refused after the body.
            if (auto name = accept_file_name(incoming_.request().name)) {
                expected_.filename = *std::move(name);
            }
        }
        co_return count;
    }

private:
    IncomingFile& incoming_;
    ingest::Expectation& expected_;
};

DeliverRequest deliver_request(UploadRequest const& request) {
    return {.providers = request.providers, .purpose = request.purpose, .mode = request.mode};
}

}  // namespace

// Admit, receive, keep, deliver, remember. Nothing needs undoing by hand: grants, staged files,
// locks and intents let go when they leave scope.
Task<Result<FileView>> Gateway::upload(access::Principal const& caller, IncomingFile& incoming) {
    CO_TRY(auto const grant, co_await admit(caller, incoming.request()));
    CO_TRY(auto received, co_await receive(grant, incoming));
    CO_TRY(auto const added, co_await keep(caller, grant, incoming.request(), std::move(received)));
    CO_TRY(auto outcomes, co_await place(added.file, deliver_request(incoming.request())));
    co_return co_await remember(caller, added, std::move(outcomes));
}

// Before the first byte: whatever is known to be wrong already is said now, and the quota is
// reserved.
Task<Result<access::UploadGrant>> Gateway::admit(access::Principal const& caller,
                                                 UploadRequest const& request) {
    CO_TRY(check(request));
    co_return co_await parts_.access.admit(caller, request.declared);
}

// The body streams through the size limit, the hash and the malware scan into a staged file, and
// passes when the content policy says so.
Task<Result<ingest::ReceivedFile>> Gateway::receive(access::UploadGrant const& grant,
                                                    IncomingFile& incoming) {
    ingest::Expectation expected{.bytes_max = grant.bytes_max(),
                                 .sha256 = incoming.request().announced_sha256,
                                 .filename = {}};
    NamingBody body(incoming, expected);
    auto received = co_await parts_.ingest.receive(body, expected);
    if (!received) co_return fail(grant.explain(std::move(received).error()));
    if (incoming.request().name.empty()) {
        co_return fail(Error{.code = ErrorCode::validation_failed,
                             .message = "the file has no name; send filename=NAME",
                             .param = "filename"});
    }
    CO_TRY(check(incoming.request()));  // the fields that came after the file
    co_return std::move(*received);
}

// From here on the file survives everything: bytes first, then the record, both durable before any
// provider is asked. Removal of the same bytes waits (digests_), so that the record never points at
// a blob that is being deleted.
Task<Result<catalog::AddedFile>> Gateway::keep(access::Principal const& caller,
                                               access::UploadGrant const& grant,
                                               UploadRequest const& request,
                                               ingest::ReceivedFile received) {
    CO_TRY(auto name, accept_file_name(request.name));
    auto const now = parts_.clock.wall_now();
    auto const id = parts_.ids.file();
    note_unchecked(id, received.unchecked);
    catalog::NewFile file{
        .id = id,
        .owner = caller.id(),
        .name = std::move(name),
        .purpose = request.purpose.value_or(
            default_purpose(parts_.delivery.accounts(), request.providers)),
        .bytes = received.bytes,
        .sha256 = received.sha256,
        .mime_type = received.mime_type,
        .now = now,
        .expires_at = request.expires_after.transform([&](seconds s) { return WallTime(now + s); }),
        .cause = cause_of(caller),
        .reservation = grant.reservation(),
        .unchecked = std::move(received.unchecked),
    };
    auto const hold = co_await digests_.lock(received.sha256.hex());
    CO_TRY(co_await parts_.blobs.keep(std::move(received.staged), received.sha256));
    auto added = co_await parts_.catalog.add_file(std::move(file));
    if (!added) co_await remove_unused_blob(received.sha256);
    co_return added;
}

// Taken all the same, because [content] unchecked says so.
void Gateway::note_unchecked(FileId const& id, std::string const& what) const {
    if (what.empty()) return;
    parts_.log.write(observe::LogLevel::warning, "content.unchecked",
                     {{"file", id.text()}, {"reason", what}});
}

// Only when it is certain that no record needs the bytes. The caller holds the digest.
Task<void> Gateway::remove_unused_blob(Sha256Digest sha256) {
    auto const is_used = co_await parts_.catalog.is_blob_used(sha256);
    if (!is_used || *is_used) co_return;
    auto const removed = co_await parts_.blobs.remove(sha256);
    static_cast<void>(removed);  // a blob without a record is invisible; the next upload reuses it
}

Task<Result<Outcomes>> Gateway::place(catalog::FileRecord file, DeliverRequest request) {
    switch (request.mode) {
        case DeliveryMode::none:
            break;
        case DeliveryMode::later:
            if (auto queued = co_await queue_.add(file.id, request.providers, request.purpose);
                !queued) {
                co_return fail(co_await note_failure(file, std::move(queued).error()));
            }
            break;
        case DeliveryMode::wait:
            co_return co_await place_now(file, request);
    }
    co_return Outcomes();
}

// The placement itself was written when the provider said yes; what is left is to tell.
Task<Result<FileView>> Gateway::remember(access::Principal const& caller,
                                         catalog::AddedFile const& added, Outcomes outcomes) {
    CO_TRY(auto view, co_await find(caller, added.file.id));
    view.is_deduplicated = added.owner_had_bytes;
    view.outcomes = std::move(outcomes);
    co_return view;
}

Result<void> Gateway::check(UploadRequest const& request) const {
    if (!request.name.empty()) {
        TRY(auto const name, accept_file_name(request.name));
        TRY(parts_.ingest.check_name(name));
    }
    return parts_.delivery.check_preference(
        {.providers = request.providers, .purpose = request.purpose});
}

}  // namespace filegate::gateway
