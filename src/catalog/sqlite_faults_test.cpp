// Every write, flush and cut of the catalog's files fails in turn. Whatever was acknowledged is
// there, whatever was refused is not, and the catalog goes on.

#include "base/scratch_folder.hpp"
#include "catalog/memory_catalog.hpp"
#include "catalog/random_calls.hpp"
#include "catalog/sqlite_catalog.hpp"
#include "db/faulty_vfs.hpp"

namespace filegate::catalog {
namespace {

// Tells a story to the SQLite catalog, and what succeeded of it to one in memory.
class MirroredStory {
public:
    MirroredStory(SimLoop& loop, Catalog& tested, Catalog& mirror, ErrorCode refusal)
        : loop_(loop), tested_(tested), mirror_(mirror), refusal_(refusal) {}

    void tell(RecordSource& records, std::string const& content) {
        auto const now = loop_.wall_now();
        auto const first = records.file("ann", content);
        auto const second = records.file("ben", content);
        auto const key = records.key(content);
        auto const intent = records.intent(first.id, key);
        auto const placement = records.placement(key);
        auto const left_open = records.intent(first.id, key);
        auto const to_discard = records.intent(first.id, key);
        auto const unwanted = records.placement(key);
        auto const delivery = records.delivery(first.id);  // ends with its file
        auto const ended = records.delivery(first.id);
        auto postponed = delivery;
        postponed.tries = 4;
        postponed.next_try_at += seconds(1);
        auto breaker = records.breaker("glm", "native");
        breaker.reason = content;
        auto const event = records.event(content);
        both([&](Catalog& catalog) { return catalog.add_file(first); });
        both([&](Catalog& catalog) { return catalog.queue_delivery(delivery); });
        both([&](Catalog& catalog) { return catalog.queue_delivery(ended); });
        both([&](Catalog& catalog) { return catalog.postpone_delivery(postponed); });
        both([&](Catalog& catalog) { return catalog.begin_intent(intent); });
        both([&](Catalog& catalog) { return catalog.note_finding(intent.id, content, now); });
        both([&](Catalog& catalog) { return catalog.finish_intent(intent.id, placement); });
        both([&](Catalog& catalog) { return catalog.begin_intent(left_open); });
        both([&](Catalog& catalog) { return catalog.begin_intent(to_discard); });
        both([&](Catalog& catalog) { return catalog.discard_intent(to_discard.id, unwanted); });
        both([&](Catalog& catalog) { return catalog.end_delivery(ended.id); });
        both([&](Catalog& catalog) { return catalog.save_breaker(breaker); });
        both([&](Catalog& catalog) { return catalog.add_event(event); });
        both([&](Catalog& catalog) { return catalog.add_file(second); });
        both([&](Catalog& catalog) {
            return catalog.link_placement(second.id, placement.id, loop_.wall_now());
        });
        both([&](Catalog& catalog) { return catalog.delete_file(first.owner, first.id, now); });
        both([&](Catalog& catalog) { return catalog.delete_file(second.owner, second.id, now); });
        both([&](Catalog& catalog) {
            return catalog.set_placement_status(placement.id, PlacementStatus::deleted);
        });
        both([&](Catalog& catalog) { return catalog.set_quota(first.owner, 1U << 20); });
        both([&](Catalog& catalog) { return catalog.check(); });
        for (auto const& owner : {first.owner, second.owner})
            both([&](Catalog& catalog) { return catalog.quota_of(owner); });
    }

private:
    template <class Call>
    void both(Call const& call) {
        auto const answer = loop_.run_task(call(tested_));
        if (!answer && answer.error().code == refusal_) return;
        EXPECT_EQ(describe(answer), describe(loop_.run_task(call(mirror_))));
    }

    SimLoop& loop_;
    Catalog& tested_;
    Catalog& mirror_;
    ErrorCode refusal_;
};

struct Breakage {
    char const* title;
    int code;
    int failures;
    ErrorCode refusal;
};

class SqliteFaults : public ::testing::TestWithParam<Breakage> {
protected:
    std::unique_ptr<SqliteCatalog> open() {
        // Every commit moves the log into the file, so that this fails in turn as well.
        return SqliteCatalog::open(folder_.path() / "catalog.db",
                                   {.wal_pages_max = 1, .vfs = db::FaultyVfs::name}, loop_)
            .value();
    }
    bool are_alike(Catalog& tested) {
        return RandomCalls(loop_, *mirror_, tested, 1).compare_all();
    }

    db::FaultyVfs vfs_;
    ScratchFolder folder_;
    SimLoop loop_;
    RecordSource records_{loop_};
    std::unique_ptr<Catalog> mirror_ = make_memory_catalog();
};

TEST_P(SqliteFaults, every_step_may_fail) {
    auto const& [title, code, failures, refusal] = GetParam();
    int step = 0;
    bool has_failed = true;
    auto catalog = open();
    for (; has_failed; ++step) {
        SCOPED_TRACE(fmt::format("step {}", step));
        vfs_.arm({.spared = step, .code = code, .failures_left = failures});
        MirroredStory(loop_, *catalog, *mirror_, refusal)
            .tell(records_, fmt::format("content {}", step));
        has_failed = vfs_.failures() > 0;
        vfs_.heal();
        ASSERT_TRUE(are_alike(*catalog));
        if (step % 8 != 0) continue;
        catalog.reset();
        catalog = open();
        ASSERT_TRUE(are_alike(*catalog));
    }
    EXPECT_GT(step, 30) << "the story has that many steps at least";
}

INSTANTIATE_TEST_SUITE_P(
    each, SqliteFaults,
    ::testing::Values(
        Breakage{"full_disk", SQLITE_FULL, db::FaultyVfs::never, ErrorCode::store_full},
        Breakage{"full_once", SQLITE_FULL, 1, ErrorCode::store_full},
        Breakage{"bad_disk", SQLITE_IOERR_WRITE, db::FaultyVfs::never, ErrorCode::database_error},
        Breakage{"bad_flush", SQLITE_IOERR_FSYNC, 1, ErrorCode::database_error}),
    [](auto const& tested) { return tested.param.title; });

// While it lives, every database that is opened may grow to so many pages and no further.
class SmallDisk {
public:
    SmallDisk() { sqlite3_auto_extension(entry()); }
    ~SmallDisk() { sqlite3_cancel_auto_extension(entry()); }
    SmallDisk(SmallDisk const&) = delete;
    SmallDisk& operator=(SmallDisk const&) = delete;

private:
    using Entry = void (*)();
    static Entry entry() { return reinterpret_cast<Entry>(&limit); }
    static int limit(sqlite3* connection, char**, sqlite3_api_routines const*) {
        return sqlite3_exec(connection, "PRAGMA max_page_count = 200", nullptr, nullptr, nullptr);
    }
};

Task<void> add_into(Catalog& catalog, NewFile file, Result<AddedFile>& added) {
    added = co_await catalog.add_file(std::move(file));
}

Task<Done> add_together(SimLoop& loop, Catalog& catalog, std::vector<NewFile> const& files,
                        std::vector<Result<AddedFile>>& added) {
    TaskGroup group(loop);
    for (std::size_t i = 0; i < files.size(); ++i)
        group.spawn(add_into(catalog, files[i], added[i]));
    co_await group.join();
    co_return Done();
}

TEST(sqlite_faults, a_file_that_does_not_fit_does_not_take_others_with_it) {
    SmallDisk const small;
    SimLoop loop;
    ScratchFolder const folder;
    RecordSource records(loop);
    auto const catalog = SqliteCatalog::open(folder.path() / "catalog.db", {}, loop).value();
    std::vector<NewFile> files;
    for (int i = 0; i < 50; ++i)
        files.push_back(records.file("ann", "content", std::to_string(i)));
    files[25].name = std::string(1 << 20, 'x');
    std::vector<Result<AddedFile>> added(files.size());
    loop.run_task(add_together(loop, *catalog, files, added));
    for (std::size_t i = 0; i < files.size(); ++i) {
        EXPECT_EQ(added[i].has_value(), i != 25) << i;
        if (!added[i]) EXPECT_EQ(added[i].error().code, ErrorCode::store_full);
    }
    auto const page = loop.run_task(catalog->list_files(PrincipalId("ann"), {}));
    EXPECT_EQ(page->files.size(), 49U);
    EXPECT_TRUE(loop.run_task(catalog->add_file(records.file("ann", "content", "one more"))));
}

}  // namespace
}  // namespace filegate::catalog
