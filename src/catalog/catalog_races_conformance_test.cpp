#include <latch>
#include <set>
#include <thread>

#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

constexpr int threads = 4;

// Runs `work(thread)` on several threads, started together, each with a loop of its own.
void on_threads(std::function<void(SimLoop&, int)> const& work) {
    std::latch start(threads);
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread) {
        running.emplace_back([&, thread] {
            SimLoop loop;
            start.arrive_and_wait();
            work(loop, thread);
        });
    }
}

TEST_P(CatalogConformance, one_file_added_64_times_at_once_is_one_record) {
    std::vector<NewFile> files;
    for (int i = 0; i < 64; ++i)
        files.push_back(records_.file("ann", "content"));
    std::set<std::string> ids;
    int new_records = 0;
    int first_bytes = 0;
    for (auto const& added : add_at_once(files)) {
        ASSERT_TRUE(added);
        ids.insert(added->file.id.text());
        new_records += added->is_new_record ? 1 : 0;
        first_bytes += added->owner_had_bytes ? 0 : 1;
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(new_records, 1);
    EXPECT_EQ(first_bytes, 1);
    EXPECT_EQ(listed("ann", {}).size(), 1U);
}

TEST_P(CatalogConformance, one_file_added_from_several_threads_is_one_record) {
    constexpr int rounds = 20;
    std::vector<std::vector<NewFile>> files(threads);
    for (auto& mine : files) {
        for (int i = 0; i < rounds; ++i)
            mine.push_back(records_.file("ann", "content " + std::to_string(i)));
    }
    std::atomic<int> new_records = 0;
    on_threads([&](SimLoop& loop, int thread) {
        for (auto const& file : files[static_cast<std::size_t>(thread)]) {
            auto const added = loop.run_task(catalog().add_file(file));
            ASSERT_TRUE(added);
            if (added->is_new_record) ++new_records;
        }
    });
    EXPECT_EQ(new_records, rounds);
    EXPECT_EQ(listed("ann", {}).size(), std::size_t{rounds});
}

TEST_P(CatalogConformance, deliveries_that_race_make_exactly_one_live_placement) {
    constexpr std::size_t contenders = threads * 4;
    auto const key = records_.key("content");
    std::vector<IntentRecord> intents;
    std::vector<PlacementRecord> placements;
    for (std::size_t i = 0; i < contenders; ++i) {
        auto const file = add("ann", "content", std::to_string(i));
        intents.push_back(records_.intent(file.id, key));
        placements.push_back(records_.placement(key));
        get(catalog().begin_intent(intents.back()));
    }
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    on_threads([&](SimLoop& loop, int thread) {
        for (auto i = static_cast<std::size_t>(thread); i < contenders; i += threads) {
            auto const finished =
                loop.run_task(catalog().finish_intent(intents[i].id, placements[i]));
            if (finished) ++winners;
            if (!finished && finished.error().code == ErrorCode::concurrent_upload) ++losers;
        }
    });
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, int{contenders} - 1);
    EXPECT_EQ(get(catalog().placements_with_status(PlacementStatus::live, 10)).size(), 1U);
    EXPECT_EQ(get(catalog().open_intents(100)).size(), contenders - 1);
    EXPECT_TRUE(get(catalog().find_placement(key, now())));
}

// Whoever links in time keeps the placement; whoever comes late is told, and nobody is left with
// a placement that goes.
TEST_P(CatalogConformance, linking_races_with_the_last_delete_and_one_of_them_wins) {
    for (int round = 0; round < 20; ++round) {
        auto const content = "content " + std::to_string(round);
        auto const leaving = add("ann", content);
        auto const coming = add("ben", content);
        auto const placement = place(leaving, records_.key(content));
        std::optional<Result<void>> linked;
        std::optional<Result<DeletedFile>> deleted;
        on_threads([&](SimLoop& loop, int thread) {
            if (thread == 0) {
                linked = loop.run_task(
                    catalog().link_placement(coming.id, placement.id, loop.wall_now()));
            } else if (thread == 1) {
                deleted = loop.run_task(catalog().delete_file(leaving.owner, leaving.id, now()));
            }
        });
        ASSERT_TRUE(*deleted);
        bool const is_orphaned = !(*deleted)->orphaned.empty();
        EXPECT_NE(linked->has_value(), is_orphaned);
        EXPECT_EQ(find(coming).placements.size(), is_orphaned ? 0U : 1U);
    }
}

// Whoever queues in time has the delivery ended with the file; whoever comes late is told.
TEST_P(CatalogConformance, no_delivery_is_left_of_a_file_that_was_deleted_while_it_was_queued) {
    for (int round = 0; round < 20; ++round) {
        auto const file = add("ann", "content " + std::to_string(round));
        std::vector<QueuedDelivery> deliveries;
        for (int thread = 0; thread < threads; ++thread)
            deliveries.push_back(records_.delivery(file.id));
        on_threads([&](SimLoop& loop, int thread) {
            if (thread == 0) {
                EXPECT_TRUE(loop.run_task(catalog().delete_file(file.owner, file.id, now())));
                return;
            }
            auto const queued = loop.run_task(
                catalog().queue_delivery(deliveries[static_cast<std::size_t>(thread)]));
            if (!queued) EXPECT_EQ(queued.error().code, ErrorCode::file_not_found);
        });
        EXPECT_EQ(get(catalog().count_deliveries()), 0U);
    }
}

TEST_P(CatalogConformance, readers_see_whole_changes_while_others_write) {
    constexpr int rounds = 30;
    std::atomic<bool> is_done = false;
    std::atomic<int> torn = 0;
    auto const file = add("ann", "content");
    std::vector<std::pair<IntentRecord, PlacementRecord>> deliveries;
    for (int i = 0; i < rounds; ++i) {
        auto const key = records_.key("content", "p" + std::to_string(i));
        deliveries.emplace_back(records_.intent(file.id, key), records_.placement(key));
    }
    on_threads([&](SimLoop& loop, int thread) {
        if (thread == 0) {
            for (auto const& [intent, placement] : deliveries) {
                EXPECT_TRUE(loop.run_task(catalog().begin_intent(intent)));
                EXPECT_TRUE(loop.run_task(catalog().finish_intent(intent.id, placement)));
                EXPECT_TRUE(loop.run_task(
                    catalog().set_placement_status(placement.id, PlacementStatus::vanished)));
            }
            is_done = true;
        }
        while (!is_done) {
            auto const found = loop.run_task(catalog().find_file(file.owner, file.id));
            bool const is_placed = found && found->file.status == FileStatus::placed;
            if (!found || is_placed == found->placements.empty()) ++torn;
        }
    });
    EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace filegate::catalog
