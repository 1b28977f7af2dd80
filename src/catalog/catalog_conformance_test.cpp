// What the conformance suite is written with.

#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

std::string describe(PlacementKey const& key) {
    return fmt::format("{}/{}/{}/{}", key.provider.text(), key.account.text(), key.purpose.text(),
                       key.sha256.hex().substr(0, 8));
}

Task<void> add_into(Catalog& catalog, NewFile file, Result<AddedFile>& added) {
    added = co_await catalog.add_file(std::move(file));
}

Task<Done> add_all(SimLoop& loop, Catalog& catalog, std::vector<NewFile> const& files,
                   std::vector<Result<AddedFile>>& added) {
    TaskGroup group(loop);
    for (std::size_t i = 0; i < files.size(); ++i)
        group.spawn(add_into(catalog, files[i], added[i]));
    co_await group.join();
    co_return Done();
}

Task<void> expect_success(Task<Result<void>> task) {
    auto const result = co_await std::move(task);
    EXPECT_TRUE(result) << result.error().message;
}

Task<Done> expect_all(SimLoop& loop, std::vector<Task<Result<void>>>& tasks) {
    TaskGroup group(loop);
    for (auto& task : tasks)
        group.spawn(expect_success(std::move(task)));
    co_await group.join();
    co_return Done();
}

}  // namespace

std::string describe(WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

std::string describe(ProviderFileId const& id) {
    return id.text();
}

std::string describe(FileRecord const& file) {
    return fmt::format(
        "{} of {}: \"{}\" for {}, {} bytes of {}, {}, made {}, used {}, ends {}, {} \"{}\"",
        file.id.text(), file.owner.text(), file.name, file.purpose.text(), file.bytes,
        file.sha256.hex().substr(0, 8), file.mime_type, describe(file.created_at),
        describe(file.last_used_at), describe(file.expires_at), static_cast<int>(file.status),
        file.status_details);
}

std::string describe(PlacementRecord const& placement) {
    return fmt::format("{} at {}: {}, {} bytes, {} \"{}\", made {}, ends {}", placement.id.text(),
                       describe(placement.key), placement.provider_file_id.text(), placement.bytes,
                       static_cast<int>(placement.status), placement.provider_status,
                       describe(placement.created_at), describe(placement.expires_at));
}

std::string describe(IntentRecord const& intent) {
    return fmt::format("{} at {}: {} as \"{}\", {} bytes, started {}, found \"{}\" {}",
                       intent.id.text(), describe(intent.key), intent.file.text(), intent.filename,
                       intent.bytes, describe(intent.started_at), intent.finding,
                       describe(intent.looked_at));
}

std::string describe(QueuedDelivery const& delivery) {
    std::string providers;
    for (auto const& provider : delivery.providers)
        providers += "<" + provider.text() + ">";
    return fmt::format("{}: {} to [{}] for {}, queued {}, ends {}, next {}, tried {}, \"{}\"",
                       delivery.id.text(), delivery.file.text(), providers,
                       delivery.purpose ? "<" + delivery.purpose->text() + ">" : "none",
                       describe(delivery.queued_at), describe(delivery.deadline),
                       describe(delivery.next_try_at), delivery.tries, delivery.last_error);
}

std::string describe(BreakerRecord const& breaker) {
    return fmt::format("{}/{}: {}, {} successes, {} s until {}, changed {}, \"{}\"",
                       breaker.provider.text(), breaker.transport, breaker.phase, breaker.successes,
                       breaker.wait.count(), describe(breaker.retry_at),
                       describe(breaker.changed_at), breaker.reason);
}

std::string describe(QuotaRecord const& quota) {
    return fmt::format("{}: {} bytes in {} files, {} reserved, of {}", quota.owner.text(),
                       quota.used_bytes, quota.file_count, quota.reserved_bytes,
                       describe(quota.limit_bytes));
}

std::string describe(EventRecord const& event) {
    return fmt::format("{} by <{}> at <{}> of <{}> in <{}>: {} on {} <{}>, {} {}, \"{}\"",
                       describe(event.at), event.principal.text(), event.door, event.peer_address,
                       event.request.text(), event.action, event.subject, event.file.text(),
                       event.outcome, event.error_code, event.detail);
}

std::string describe(AuditRow const& row) {
    return fmt::format("{}: {} {}", row.id, describe(row.event), row.hash);
}

std::string describe(AuditPage const& page) {
    return fmt::format("{}{}, to {}, ends {} {} {} {}", describe(page.rows),
                       page.has_more ? "..." : "", page.looked_at_to, page.bounds.anchor.id,
                       page.bounds.anchor.hash, page.bounds.head.id, page.bounds.head.hash);
}

std::string describe(RevocationRecord const& revocation) {
    return fmt::format("<{}> of <{}>, issued before {}, until {}, at {}", revocation.token_id,
                       revocation.subject.text(), describe(revocation.issued_before),
                       describe(revocation.until), describe(revocation.revoked_at));
}

std::string describe(PurposeMemory const& memory) {
    return fmt::format("{}/{}: {} is {}", memory.provider.text(), memory.account.text(),
                       memory.asked.text(), memory.worked.text());
}

std::string describe(FileWithPlacements const& found) {
    return describe(found.file) + " " + describe(found.placements);
}

std::string describe(AddedFile const& added) {
    return describe(added.file) + (added.is_new_record ? " new" : " known") +
           (added.owner_had_bytes ? " had-bytes" : "");
}

std::string describe(DeletedFile const& deleted) {
    return describe(deleted.file) + " orphaned " + describe(deleted.orphaned) +
           (deleted.is_blob_unused ? " blob-unused" : "");
}

std::string describe(FilePage const& page) {
    return describe(page.files) + (page.has_more ? " and more" : "");
}

QuotaAsk CatalogConformance::ask(std::uint64_t bytes, std::uint64_t limit) {
    return {.id = records_.ids().reservation(),
            .owner = PrincipalId("ann"),
            .bytes_least = bytes,
            .bytes_most = bytes,
            .default_limit_bytes = limit};
}

NewFile CatalogConformance::file_of(std::uint64_t bytes, std::string const& name) {
    auto file = records_.file("ann", "content of " + name, name);
    file.bytes = bytes;
    return file;
}

bool CatalogConformance::upload(std::uint64_t bytes, std::string const& name) {
    auto const wanted = ask(bytes);
    if (!run(catalog().reserve_quota(wanted))) return false;
    auto file = file_of(bytes, name);
    file.reservation = wanted.id;
    return run(catalog().add_file(file)).has_value();
}

std::string CatalogConformance::quota(std::string const& owner) {
    return describe(get(catalog().quota_of(PrincipalId(owner))));
}

NewFile RecordSource::file(std::string const& owner, std::string const& content,
                           std::string const& name, std::string const& purpose) {
    return {.id = ids_.file(),
            .owner = PrincipalId(owner),
            .name = name,
            .purpose = Purpose(purpose),
            .bytes = content.size(),
            .sha256 = sha256(content),
            .mime_type = "application/pdf",
            .now = loop_.wall_now()};
}

PlacementKey RecordSource::key(std::string const& content, std::string const& provider,
                               std::string const& purpose) {
    return {.provider = ProviderName(provider),
            .account = AccountName("main"),
            .purpose = WirePurpose(purpose),
            .sha256 = sha256(content)};
}

IntentRecord RecordSource::intent(FileId const& file, PlacementKey key) {
    return {.id = ids_.intent(),
            .key = std::move(key),
            .file = file,
            .filename = "as sent.pdf",
            .bytes = 4711,
            .started_at = loop_.wall_now()};
}

PlacementRecord RecordSource::placement(PlacementKey key) {
    auto id = ids_.placement();
    auto provider_file_id = ProviderFileId("at-provider-" + id.text());
    return {.id = std::move(id),
            .key = std::move(key),
            .provider_file_id = std::move(provider_file_id),
            .bytes = 4711,
            .provider_status = "ok",
            .created_at = loop_.wall_now()};
}

QueuedDelivery RecordSource::delivery(FileId const& file) {
    auto const now = loop_.wall_now();
    return {.id = ids_.delivery(),
            .file = file,
            .providers = {ProviderName("glm-cn"), ProviderName("kimi")},
            .purpose = Purpose("vision"),
            .queued_at = now - seconds(7),
            .deadline = now + milliseconds(86'400'001),
            .next_try_at = now,
            .tries = 3,
            .last_error = "glm said \"no\""};
}

BreakerRecord RecordSource::breaker(std::string const& provider, std::string const& transport) {
    auto const now = loop_.wall_now();
    return {.provider = ProviderName(provider),
            .transport = transport,
            .phase = "half-open",
            .successes = 1,
            .wait = seconds(120),
            .retry_at = now + milliseconds(119'999),
            .changed_at = now,
            .reason = "5 failures in a row; HTTP 503"};
}

EventRecord RecordSource::event(std::string const& subject) {
    return {.at = loop_.wall_now(),
            .principal = PrincipalId("ann"),
            .action = "breaker.open",
            .subject = subject,
            .outcome = "done",
            .detail = "for \"maintenance\"",
            .door = "http",
            .peer_address = "::1",
            .request = RequestId("req-1"),
            .file = FileId("file-1"),
            .error_code = 2005};
}

std::vector<Result<AddedFile>> CatalogConformance::add_at_once(std::vector<NewFile> const& files) {
    std::vector<Result<AddedFile>> added(files.size());
    loop_.run_task(add_all(loop_, catalog(), files, added));
    return added;
}

PlacementRecord CatalogConformance::place(FileRecord const& file, PlacementKey const& key) {
    auto const intent = records_.intent(file.id, key);
    auto const placement = records_.placement(key);
    get(catalog().begin_intent(intent));
    get(catalog().finish_intent(intent.id, placement));
    return placement;
}

IntentRecord CatalogConformance::begin(FileRecord const& file, PlacementKey const& key,
                                       milliseconds later) {
    auto intent = records_.intent(file.id, key);
    intent.started_at += later;
    get(catalog().begin_intent(intent));
    return intent;
}

void CatalogConformance::record_copy(FileRecord const& file, std::string const& name,
                                     PlacementStatus status, std::string const& provider,
                                     std::string const& account) {
    auto key = records_.key("content of " + name, provider);
    key.account = AccountName(account);
    auto placement = records_.placement(key);
    placement.provider_file_id = ProviderFileId(name);
    get(catalog().finish_intent(begin(file, key).id, placement));
    get(catalog().set_placement_status(placement.id, status));
}

void CatalogConformance::get_all(std::vector<Task<Result<void>>> tasks) {
    loop_.run_task(expect_all(loop_, tasks));
}

std::vector<std::string> CatalogConformance::listed(std::string const& owner, ListQuery query) {
    std::vector<std::string> names;
    auto const page = get(catalog().list_files(PrincipalId(owner), std::move(query)));
    for (auto const& found : page.files)
        names.push_back(found.file.name);
    if (page.has_more) names.emplace_back("...");
    return names;
}

}  // namespace filegate::catalog
