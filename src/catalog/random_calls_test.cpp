#include "catalog/random_calls.hpp"

#include "base/scratch_folder.hpp"
#include "catalog/memory_catalog.hpp"
#include "catalog/sqlite_catalog.hpp"

namespace filegate::catalog {

template <class Call>
bool RandomCalls::both(char const* title, Call const& call) {
    auto const first = describe(loop_.run_task(call(first_)));
    auto const second = describe(loop_.run_task(call(second_)));
    EXPECT_EQ(first, second) << title;
    return first == second;
}

bool RandomCalls::make_one() {
    loop_.run(loop_.monotonic_now() + milliseconds(random_.below(3000)));
    using Maker = bool (RandomCalls::*)();
    static constexpr auto makers = std::to_array<std::pair<std::uint64_t, Maker>>({
        {25, &RandomCalls::add},
        {10, &RandomCalls::find},
        {8, &RandomCalls::list},
        {10, &RandomCalls::remove},
        {4, &RandomCalls::set_file_status},
        {6, &RandomCalls::find_placement},
        {8, &RandomCalls::link},
        {6, &RandomCalls::set_placement_status},
        {10, &RandomCalls::begin},
        {9, &RandomCalls::finish},
        {3, &RandomCalls::discard},
        {2, &RandomCalls::abandon},
        {4, &RandomCalls::note_finding},
        {6, &RandomCalls::list_intents},
        {4, &RandomCalls::find_recorded},
        {9, &RandomCalls::queue},
        {6, &RandomCalls::list_due},
        {6, &RandomCalls::postpone},
        {3, &RandomCalls::end_delivery},
        {3, &RandomCalls::save_breaker},
        {2, &RandomCalls::add_event},
        {2, &RandomCalls::remember},
        {2, &RandomCalls::settle},
        {3, &RandomCalls::revoke},
        {9, &RandomCalls::reserve},
        {5, &RandomCalls::release},
        {2, &RandomCalls::set_quota},
        {4, &RandomCalls::ask_quota},
    });
    static constexpr auto weights = [] {
        std::uint64_t sum = 0;
        for (auto const& [weight, maker] : makers)
            sum += weight;
        return sum;
    }();
    auto chance = random_.below(weights);
    for (auto const& [weight, maker] : makers) {
        if (chance < weight) return (this->*maker)();
        chance -= weight;
    }
    return true;
}

bool RandomCalls::compare_all() {
    bool is_same = true;
    for (auto const* owner : {"owner 0", "owner 1", "owner 2"}) {
        is_same &= both("list", [&](Catalog& catalog) {
            return catalog.list_files(PrincipalId(owner), {.limit = 1000});
        });
    }
    for (auto const status : {PlacementStatus::live, PlacementStatus::deleting,
                              PlacementStatus::deleted, PlacementStatus::vanished}) {
        is_same &= both("placements_with_status", [&](Catalog& catalog) {
            return catalog.placements_with_status(status, 1000);
        });
    }
    is_same &= both("open_intents", [](Catalog& catalog) { return catalog.open_intents(1000); });
    is_same &= both("due_deliveries", [&](Catalog& catalog) {
        return catalog.due_deliveries(loop_.wall_now() + seconds(1'000'000), 1000, {});
    });
    is_same &= both("list everybody's", [](Catalog& catalog) {
        return catalog.list_files(std::nullopt, {.limit = 1000});
    });
    is_same &= both("quotas", [](Catalog& catalog) { return catalog.quotas(1000, {}); });
    is_same &=
        both("count_deliveries", [](Catalog& catalog) { return catalog.count_deliveries(); });
    is_same &= both("breakers", [](Catalog& catalog) { return catalog.breakers(); });
    is_same &= both("events", [](Catalog& catalog) { return catalog.events(1000); });
    is_same &=
        both("audit_page", [](Catalog& catalog) { return catalog.audit_page({.limit = 1000}); });
    is_same &=
        both("purpose_memories", [](Catalog& catalog) { return catalog.purpose_memories(); });
    is_same &= both("revocations",
                    [&](Catalog& catalog) { return catalog.revocations(loop_.wall_now()); });
    is_same &= both("check", [](Catalog& catalog) { return catalog.check(); });
    return is_same;
}

bool RandomCalls::add() {
    auto file = records_.file(owner().text(), "content " + std::to_string(random_.below(5)),
                              "name " + std::to_string(random_.below(3)),
                              happens(50) ? "assistants" : "vision");
    if (happens(30)) file.expires_at = loop_.wall_now() + seconds(random_.below(100));
    if (happens(50)) file.reservation = pick(reservations_);
    files_.push_back(file.id);
    return both("add_file", [&](Catalog& catalog) { return catalog.add_file(file); });
}

bool RandomCalls::find() {
    auto const who = owner();
    auto const file = pick(files_);
    auto const blob = sha256("content " + std::to_string(random_.below(6)));
    return both("find_file", [&](Catalog& catalog) { return catalog.find_file(who, file); }) &&
           both("file_record", [&](Catalog& catalog) { return catalog.file_record(file); }) &&
           both("is_blob_used", [&](Catalog& catalog) { return catalog.is_blob_used(blob); });
}

bool RandomCalls::list() {
    ListQuery query{.limit = random_.below(6), .is_ascending = happens(50)};
    if (happens(40)) query.purpose = Purpose(happens(50) ? "assistants" : "vision");
    if (happens(40)) query.after = pick(files_);
    std::optional<PrincipalId> who;
    if (happens(70)) who = owner();
    return both("list_files", [&](Catalog& catalog) { return catalog.list_files(who, query); });
}

bool RandomCalls::remove() {
    auto const who = owner();
    auto const file = pick(files_);
    auto const now = loop_.wall_now();
    return both("delete_file",
                [&](Catalog& catalog) { return catalog.delete_file(who, file, now); });
}

bool RandomCalls::set_file_status() {
    auto const file = pick(files_);
    auto const status = static_cast<FileStatus>(random_.below(3));
    return both("set_file_status",
                [&](Catalog& catalog) { return catalog.set_file_status(file, status, "details"); });
}

bool RandomCalls::find_placement() {
    auto const wanted = key();
    auto const now = loop_.wall_now();
    return both("find_placement",
                [&](Catalog& catalog) { return catalog.find_placement(wanted, now); });
}

bool RandomCalls::link() {
    auto const file = pick(files_);
    auto const placement = pick(placements_);
    return both("link_placement", [&](Catalog& catalog) {
        return catalog.link_placement(file, placement, loop_.wall_now());
    });
}

bool RandomCalls::set_placement_status() {
    auto const placement = pick(placements_);
    auto const status = placement_status();
    return both("set_placement_status",
                [&](Catalog& catalog) { return catalog.set_placement_status(placement, status); });
}

bool RandomCalls::begin() {
    auto intent = records_.intent(pick(files_), key());
    intent.bytes += random_.below(2);
    intent.started_at = some_time();
    intents_.push_back(intent);
    return both("begin_intent", [&](Catalog& catalog) { return catalog.begin_intent(intent); });
}

bool RandomCalls::finish() {
    auto const intent = pick(intents_);
    auto placement = records_.placement(intent.key);
    if (happens(50)) placement.expires_at = loop_.wall_now() + seconds(random_.below(60));
    placements_.push_back(placement.id);
    return both("finish_intent",
                [&](Catalog& catalog) { return catalog.finish_intent(intent.id, placement); });
}

bool RandomCalls::discard() {
    auto const intent = pick(intents_);
    auto placement = records_.placement(intent.key);
    if (happens(10)) placement.id = pick(placements_);
    placements_.push_back(placement.id);
    return both("discard_intent",
                [&](Catalog& catalog) { return catalog.discard_intent(intent.id, placement); });
}

bool RandomCalls::abandon() {
    auto const intent = pick(intents_);
    return both("abandon_intent",
                [&](Catalog& catalog) { return catalog.abandon_intent(intent.id); });
}

bool RandomCalls::note_finding() {
    auto const intent = pick(intents_);
    auto const finding = happens(80) ? "round " + std::to_string(random_.below(100)) : "";
    auto const now = loop_.wall_now();
    return both("note_finding",
                [&](Catalog& catalog) { return catalog.note_finding(intent.id, finding, now); });
}

bool RandomCalls::list_intents() {
    auto const limit = random_.below(6);
    std::optional<IntentRecord> after;
    if (happens(70)) after = pick(intents_);
    auto const wanted = key();
    auto const bytes = pick(intents_).bytes;
    return both("open_intents",
                [&](Catalog& catalog) { return catalog.open_intents(limit, after); }) &&
           both("open_intents_of",
                [&](Catalog& catalog) { return catalog.open_intents_of(wanted); }) &&
           both("open_intents_like",
                [&](Catalog& catalog) { return catalog.open_intents_like(wanted, bytes); });
}

bool RandomCalls::find_recorded() {
    auto const wanted = key();
    std::vector<ProviderFileId> ids;
    for (auto count = random_.below(8); count > 0; --count)
        ids.push_back(records_.placement(wanted).provider_file_id);
    for (auto& id : ids)
        if (happens(90)) id = ProviderFileId("at-provider-" + pick(placements_).text());
    return both("recorded_copies", [&](Catalog& catalog) {
        return catalog.recorded_copies(wanted.provider, wanted.account, ids);
    });
}

bool RandomCalls::queue() {
    auto const queued = delivery(pick(files_));
    deliveries_.push_back(queued.id);
    return both("queue_delivery", [&](Catalog& catalog) { return catalog.queue_delivery(queued); });
}

bool RandomCalls::list_due() {
    auto const time = some_time();
    auto const limit = random_.below(6);
    std::vector<DeliveryId> except;
    for (auto count = random_.below(8); count > 0; --count)
        except.push_back(pick(deliveries_));
    return both("due_deliveries",
                [&](Catalog& catalog) { return catalog.due_deliveries(time, limit, except); }) &&
           both("count_deliveries", [](Catalog& catalog) { return catalog.count_deliveries(); });
}

bool RandomCalls::postpone() {
    auto postponed = delivery(pick(files_));
    postponed.id = pick(deliveries_);
    return both("postpone_delivery",
                [&](Catalog& catalog) { return catalog.postpone_delivery(postponed); });
}

bool RandomCalls::end_delivery() {
    auto const ended = pick(deliveries_);
    return both("end_delivery", [&](Catalog& catalog) { return catalog.end_delivery(ended); });
}

bool RandomCalls::save_breaker() {
    auto breaker = records_.breaker(happens(50) ? "kimi" : "glm", happens(50) ? "native" : "plain");
    breaker.successes = static_cast<int>(random_.below(3));
    if (happens(50)) breaker.retry_at = std::nullopt;
    return both("save_breaker", [&](Catalog& catalog) { return catalog.save_breaker(breaker); });
}

bool RandomCalls::add_event() {
    auto event = records_.event(std::to_string(random_.below(1000)));
    event.at = some_time();
    auto const limit = random_.below(6);
    AuditQuery const query{.after = static_cast<std::int64_t>(random_.below(200)),
                           .limit = limit,
                           .action = happens(50) ? "file." : ""};
    AuditCut const cut{.before = some_time() - seconds(60),
                       .rows_max = 50,
                       .at_most = 20,
                       .now = loop_.wall_now()};
    return both("add_event", [&](Catalog& catalog) { return catalog.add_event(event); }) &&
           both("add_events",
                [&](Catalog& catalog) { return catalog.add_events({event, event}); }) &&
           both("audit_page", [&](Catalog& catalog) { return catalog.audit_page(query); }) &&
           both("cut_audit", [&](Catalog& catalog) { return catalog.cut_audit(cut); }) &&
           both("events", [&](Catalog& catalog) { return catalog.events(limit); });
}

bool RandomCalls::remember() {
    PurposeMemory const memory{.provider = key().provider,
                               .account = AccountName("main"),
                               .asked = Purpose(happens(50) ? "assistants" : "vision"),
                               .worked = key().purpose};
    return both("remember_purpose",
                [&](Catalog& catalog) { return catalog.remember_purpose(memory); });
}

bool RandomCalls::settle() {
    auto const name = "fact " + std::to_string(random_.below(4));
    auto const value = "value " + std::to_string(random_.below(100));
    return both("settle", [&](Catalog& catalog) { return catalog.settle(name, value); });
}

bool RandomCalls::revoke() {
    RevocationRecord revocation{.revoked_at = loop_.wall_now()};
    auto const name = std::to_string(random_.below(5));
    if (happens(50)) {
        revocation.token_id = "token " + name;
    } else {
        revocation.subject = PrincipalId("subject " + name);
        revocation.issued_before = some_time();
    }
    if (happens(80)) revocation.until = some_time();
    auto const now = some_time();
    return both("revoke_token",
                [&](Catalog& catalog) { return catalog.revoke_token(revocation, now); }) &&
           both("revocations", [&](Catalog& catalog) { return catalog.revocations(now); });
}

bool RandomCalls::reserve() {
    QuotaAsk const ask{.id = records_.ids().reservation(),
                       .owner = owner(),
                       .bytes_least = random_.below(20),
                       .bytes_most = 20 + random_.below(20),
                       .default_limit_bytes = 150};
    reservations_.push_back(ask.id);
    return both("reserve_quota", [&](Catalog& catalog) { return catalog.reserve_quota(ask); });
}

bool RandomCalls::release() {
    auto const id = pick(reservations_);
    first_.release_reservation(id);
    second_.release_reservation(id);
    return true;
}

bool RandomCalls::set_quota() {
    auto const who = owner();
    std::optional<std::uint64_t> limit;
    if (happens(60)) limit = random_.below(300);
    return both("set_quota", [&](Catalog& catalog) { return catalog.set_quota(who, limit); });
}

bool RandomCalls::ask_quota() {
    auto const who = owner();
    std::optional<PrincipalId> after;
    if (happens(50)) after = owner();
    auto const limit = random_.below(4);
    return both("quota_of", [&](Catalog& catalog) { return catalog.quota_of(who); }) &&
           both("quotas", [&](Catalog& catalog) { return catalog.quotas(limit, after); });
}

PrincipalId RandomCalls::owner() {
    return PrincipalId("owner " + std::to_string(random_.below(3)));
}

PlacementKey RandomCalls::key() {
    return records_.key("content " + std::to_string(random_.below(4)), happens(50) ? "kimi" : "glm",
                        happens(50) ? "image" : "file-extract");
}

PlacementStatus RandomCalls::placement_status() {
    return static_cast<PlacementStatus>(random_.below(4));
}

WallTime RandomCalls::some_time() {
    return loop_.wall_now() - seconds(30) + seconds(random_.below(60));
}

QueuedDelivery RandomCalls::delivery(FileId const& file) {
    auto made = records_.delivery(file);
    made.providers.resize(random_.below(3));
    if (happens(30)) made.purpose = std::nullopt;
    made.next_try_at = some_time();
    made.tries = static_cast<int>(random_.below(9));
    return made;
}

namespace {

TEST(random_calls, memory_and_sqlite_answer_alike) {
    constexpr std::size_t calls = 600;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SimLoop loop;
        ScratchFolder const folder;
        auto const memory = make_memory_catalog();
        auto const sqlite = SqliteCatalog::open(folder.path() / "catalog.db", {}, loop).value();
        RandomCalls random(loop, *memory, *sqlite, seed);
        for (std::size_t call = 0; call < calls; ++call)
            ASSERT_TRUE(random.make_one()) << "call " << call;
        ASSERT_TRUE(random.compare_all());
    }
}

}  // namespace
}  // namespace filegate::catalog
