#include "catalog/random_calls.hpp"

#include "catalog/memory_catalog.hpp"
#include "catalog/sqlite_catalog.hpp"
#include "db/scratch_folder.hpp"

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
    static constexpr std::array<std::pair<std::uint64_t, Maker>, 12> makers{{
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
        {2, &RandomCalls::abandon},
        {2, &RandomCalls::remember},
    }};
    auto chance = random_.below(100);
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
    is_same &=
        both("purpose_memories", [](Catalog& catalog) { return catalog.purpose_memories(); });
    is_same &= both("check", [](Catalog& catalog) { return catalog.check(); });
    return is_same;
}

bool RandomCalls::add() {
    auto file = records_.file(owner().text(), "content " + std::to_string(random_.below(5)),
                              "name " + std::to_string(random_.below(3)),
                              happens(50) ? "assistants" : "vision");
    if (happens(30)) file.expires_at = loop_.wall_now() + seconds(random_.below(100));
    files_.push_back(file.id);
    return both("add_file", [&](Catalog& catalog) { return catalog.add_file(file); });
}

bool RandomCalls::find() {
    auto const who = owner();
    auto const file = pick(files_);
    auto const blob = sha256("content " + std::to_string(random_.below(6)));
    return both("find_file", [&](Catalog& catalog) { return catalog.find_file(who, file); }) &&
           both("is_blob_used", [&](Catalog& catalog) { return catalog.is_blob_used(blob); });
}

bool RandomCalls::list() {
    ListQuery query{.limit = random_.below(6), .is_ascending = happens(50)};
    if (happens(40)) query.purpose = Purpose(happens(50) ? "assistants" : "vision");
    if (happens(40)) query.after = pick(files_);
    auto const who = owner();
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
    return both("link_placement",
                [&](Catalog& catalog) { return catalog.link_placement(file, placement); });
}

bool RandomCalls::set_placement_status() {
    auto const placement = pick(placements_);
    auto const status = placement_status();
    return both("set_placement_status",
                [&](Catalog& catalog) { return catalog.set_placement_status(placement, status); });
}

bool RandomCalls::begin() {
    auto const intent = records_.intent(pick(files_), key());
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

bool RandomCalls::abandon() {
    auto const intent = pick(intents_);
    return both("abandon_intent",
                [&](Catalog& catalog) { return catalog.abandon_intent(intent.id); });
}

bool RandomCalls::remember() {
    PurposeMemory const memory{.provider = key().provider,
                               .account = AccountName("main"),
                               .asked = Purpose(happens(50) ? "assistants" : "vision"),
                               .worked = key().purpose};
    return both("remember_purpose",
                [&](Catalog& catalog) { return catalog.remember_purpose(memory); });
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

namespace {

TEST(random_calls, memory_and_sqlite_answer_alike) {
    constexpr std::size_t calls = 600;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SimLoop loop;
        db::ScratchFolder const folder;
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
