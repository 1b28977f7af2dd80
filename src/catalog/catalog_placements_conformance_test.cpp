#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

using enum ErrorCode;
using enum PlacementStatus;

std::vector<std::string> ids(std::vector<PlacementRecord> const& placements) {
    std::vector<std::string> found;
    for (auto const& placement : placements)
        found.push_back(placement.id.text());
    return found;
}

TEST_P(CatalogConformance, a_finished_intent_places_the_file) {
    auto const file = add("ann", "content");
    get(catalog().set_file_status(file.id, FileStatus::failed, "earlier"));
    auto const key = records_.key("content");
    auto const intent = records_.intent(file.id, key);
    get(catalog().begin_intent(intent));
    EXPECT_EQ(describe(get(catalog().open_intents(10))), describe(std::vector{intent}));
    EXPECT_EQ(describe(get(catalog().find_placement(key, now()))), "none");

    auto placement = records_.placement(key);
    placement.expires_at = now() + seconds(60);
    placement.bytes = 1ULL << 33;
    placement.status = vanished;  // whatever it says, it is live
    get(catalog().finish_intent(intent.id, placement));
    placement.status = live;
    EXPECT_EQ(describe(get(catalog().find_placement(key, now()))), describe(placement));
    auto const found = find(file);
    EXPECT_EQ(describe(found.placements), describe(std::vector{placement}));
    EXPECT_EQ(found.file.status, FileStatus::placed);
    EXPECT_EQ(found.file.status_details, "");
    EXPECT_EQ(get(catalog().open_intents(10)).size(), 0U);
    auto const page = get(catalog().list_files(file.owner, {}));
    EXPECT_EQ(describe(page.files), describe(std::vector{found}));
}

TEST_P(CatalogConformance, every_part_of_a_key_counts) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const placement = place(file, key);
    std::vector<PlacementKey> others(4, key);
    others[0].provider = ProviderName("glm");
    others[1].account = AccountName("second");
    others[2].purpose = WirePurpose("image");
    others[3].sha256 = sha256("other");
    for (auto const& other : others) {
        EXPECT_EQ(get(catalog().find_placement(other, now())), std::nullopt);
        place(file, other);
    }
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, placement.id);
    EXPECT_EQ(find(file).placements.size(), 5U);
}

TEST_P(CatalogConformance, placements_are_listed_oldest_first) {
    auto const file = add("ann", "content");
    auto newer = records_.placement(records_.key("content", "kimi"));
    newer.created_at = now() + seconds(5);
    auto const older = records_.placement(records_.key("content", "glm"));
    for (auto const& placement : {newer, older}) {
        auto const intent = records_.intent(file.id, placement.key);
        get(catalog().begin_intent(intent));
        get(catalog().finish_intent(intent.id, placement));
    }
    EXPECT_EQ(ids(find(file).placements), ids({older, newer}));
}

TEST_P(CatalogConformance, an_expired_placement_is_not_found_but_shown) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto placement = records_.placement(key);
    placement.expires_at = now() + seconds(60);
    auto const intent = records_.intent(file.id, key);
    get(catalog().begin_intent(intent));
    get(catalog().finish_intent(intent.id, placement));
    EXPECT_TRUE(get(catalog().find_placement(key, now() + milliseconds(59'999))));
    EXPECT_FALSE(get(catalog().find_placement(key, now() + seconds(60))));
    EXPECT_EQ(find(file).placements.size(), 1U);
}

TEST_P(CatalogConformance, a_lost_race_changes_nothing) {
    auto const file = add("ann", "content");
    auto const other = add("ben", "content");
    auto const key = records_.key("content");
    auto const late = records_.intent(other.id, key);
    get(catalog().begin_intent(late));
    auto const winner = place(file, key);
    auto const loser = records_.placement(key);
    expect_error(concurrent_upload, catalog().finish_intent(late.id, loser));
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, winner.id);
    EXPECT_EQ(find(other).file.status, FileStatus::kept);
    EXPECT_EQ(describe(get(catalog().open_intents(10))), describe(std::vector{late}));
    expect_error(file_not_found, catalog().set_placement_status(loser.id, deleting));
    get(catalog().abandon_intent(late.id));
    EXPECT_EQ(get(catalog().open_intents(10)).size(), 0U);
}

TEST_P(CatalogConformance, an_expired_placement_makes_room_for_a_new_one) {
    auto const file = add("ann", "content");
    auto const other = add("ben", "content");
    auto const key = records_.key("content");
    auto expiring = records_.placement(key);
    expiring.expires_at = now() + seconds(60);
    auto const intent = records_.intent(file.id, key);
    get(catalog().begin_intent(intent));
    get(catalog().finish_intent(intent.id, expiring));
    get(catalog().link_placement(other.id, expiring.id, now()));
    pass(seconds(60));
    auto const fresh = place(file, key);
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, fresh.id);
    EXPECT_EQ(ids(get(catalog().placements_with_status(deleting, 10))), ids({expiring}));
    EXPECT_EQ(ids(find(file).placements), ids({fresh}));
    EXPECT_EQ(find(file).file.status, FileStatus::placed);
    EXPECT_EQ(find(other).file.status, FileStatus::kept);
}

TEST_P(CatalogConformance, an_intent_is_finished_once) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const intent = records_.intent(file.id, key);
    auto const placement = records_.placement(key);
    get(catalog().begin_intent(intent));
    get(catalog().finish_intent(intent.id, placement));
    get(catalog().finish_intent(intent.id, placement));  // told again: the same
    EXPECT_EQ(find(file).placements.size(), 1U);
    auto const another = records_.placement(records_.key("content", "glm"));
    expect_error(concurrent_upload, catalog().finish_intent(intent.id, another));
    EXPECT_EQ(find(file).placements.size(), 1U);
}

TEST_P(CatalogConformance, an_abandoned_intent_cannot_be_finished) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const intent = records_.intent(file.id, key);
    get(catalog().begin_intent(intent));
    get(catalog().abandon_intent(intent.id));
    get(catalog().abandon_intent(intent.id));
    expect_error(concurrent_upload, catalog().finish_intent(intent.id, records_.placement(key)));
    EXPECT_EQ(get(catalog().find_placement(key, now())), std::nullopt);
}

TEST_P(CatalogConformance, a_copy_made_for_a_file_deleted_meanwhile_is_not_lost) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const intent = records_.intent(file.id, key);
    get(catalog().begin_intent(intent));
    get(catalog().delete_file(file.owner, file.id, now()));
    auto const placement = records_.placement(key);
    expect_error(file_not_found, catalog().finish_intent(intent.id, placement));
    EXPECT_EQ(ids(get(catalog().placements_with_status(deleting, 10))), ids({placement}));
    EXPECT_EQ(get(catalog().open_intents(10)).size(), 0U);
    EXPECT_EQ(get(catalog().find_placement(key, now())), std::nullopt);
}

TEST_P(CatalogConformance, an_intent_needs_a_file) {
    auto const key = records_.key("content");
    expect_error(file_not_found,
                 catalog().begin_intent(records_.intent(records_.ids().file(), key)));
    EXPECT_EQ(get(catalog().open_intents(10)).size(), 0U);
}

TEST_P(CatalogConformance, open_intents_are_listed_oldest_first_up_to_the_limit) {
    auto const file = add("ann", "content");
    std::vector<IntentRecord> begun;
    for (auto const* provider : {"a", "b", "c"}) {
        begun.push_back(records_.intent(file.id, records_.key("content", provider)));
        get(catalog().begin_intent(begun.back()));
    }
    EXPECT_EQ(describe(get(catalog().open_intents(3))), describe(begun));
    begun.pop_back();
    EXPECT_EQ(describe(get(catalog().open_intents(2))), describe(begun));
    EXPECT_EQ(get(catalog().open_intents(0)).size(), 0U);
}

TEST_P(CatalogConformance, a_linked_file_is_placed_and_linking_again_changes_nothing) {
    auto const file = add("ann", "content");
    auto const other = add("ben", "content");
    auto const placement = place(file, records_.key("content"));
    get(catalog().set_file_status(other.id, FileStatus::failed, "earlier"));
    for (int i = 0; i < 2; ++i) {
        get(catalog().link_placement(other.id, placement.id, now()));
        EXPECT_EQ(ids(find(other).placements), ids({placement}));
        EXPECT_EQ(find(other).file.status, FileStatus::placed);
        EXPECT_EQ(find(other).file.status_details, "");
    }
    auto const unknown = records_.ids().placement();
    expect_error(file_not_found, catalog().link_placement(other.id, unknown, now()));
    expect_error(file_not_found,
                 catalog().link_placement(records_.ids().file(), placement.id, now()));
    for (auto const status : {deleting, deleted, vanished}) {
        get(catalog().set_placement_status(placement.id, status));
        expect_error(concurrent_upload, catalog().link_placement(other.id, placement.id, now()));
    }
}

TEST_P(CatalogConformance, the_last_file_of_a_placement_orphans_it) {
    auto const first = add("ann", "content");
    auto const second = add("ben", "content");
    auto const shared = place(first, records_.key("content", "kimi"));
    auto own = place(second, records_.key("content", "glm"));
    get(catalog().link_placement(second.id, shared.id, now()));
    auto const kept = get(catalog().delete_file(first.owner, first.id, now()));
    EXPECT_EQ(kept.orphaned.size(), 0U);
    EXPECT_EQ(find(second).placements.size(), 2U);
    auto const gone = get(catalog().delete_file(second.owner, second.id, now()));
    EXPECT_EQ(ids(gone.orphaned), ids({shared, own}));
    for (auto const& orphan : gone.orphaned)
        EXPECT_EQ(orphan.status, deleting);
    EXPECT_EQ(describe(get(catalog().placements_with_status(deleting, 10))),
              describe(gone.orphaned));
    EXPECT_EQ(get(catalog().find_placement(shared.key, now())), std::nullopt);
}

TEST_P(CatalogConformance, a_placement_that_is_gone_already_is_not_orphaned) {
    auto const file = add("ann", "content");
    auto const placement = place(file, records_.key("content"));
    get(catalog().set_placement_status(placement.id, vanished));
    EXPECT_EQ(get(catalog().delete_file(file.owner, file.id, now())).orphaned.size(), 0U);
    EXPECT_EQ(ids(get(catalog().placements_with_status(vanished, 10))), ids({placement}));
}

TEST_P(CatalogConformance, a_file_is_placed_while_a_live_placement_is_there) {
    auto const file = add("ann", "content");
    auto const kimi = place(file, records_.key("content", "kimi"));
    auto const glm = place(file, records_.key("content", "glm"));
    get(catalog().set_placement_status(kimi.id, vanished));
    EXPECT_EQ(ids(find(file).placements), ids({glm}));
    EXPECT_EQ(find(file).file.status, FileStatus::placed);
    get(catalog().set_placement_status(glm.id, deleting));
    EXPECT_EQ(find(file).file.status, FileStatus::kept);
    get(catalog().set_placement_status(kimi.id, live));
    EXPECT_EQ(find(file).file.status, FileStatus::placed);
    get(catalog().set_file_status(file.id, FileStatus::failed, "another delivery failed"));
    EXPECT_EQ(find(file).file.status, FileStatus::placed);
    EXPECT_EQ(find(file).file.status_details, "");
    get(catalog().set_placement_status(kimi.id, deleted));
    get(catalog().set_file_status(file.id, FileStatus::failed, "why"));
    get(catalog().set_placement_status(kimi.id, vanished));
    EXPECT_EQ(find(file).file.status, FileStatus::failed);
}

TEST_P(CatalogConformance, a_placement_comes_back_to_life_only_where_there_is_room) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const first = place(file, key);
    get(catalog().set_placement_status(first.id, vanished));
    auto const second = place(file, key);
    expect_error(concurrent_upload, catalog().set_placement_status(first.id, live));
    get(catalog().set_placement_status(second.id, live));
    get(catalog().set_placement_status(second.id, deleted));
    get(catalog().set_placement_status(first.id, live));
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, first.id);
    expect_error(file_not_found, catalog().set_placement_status(records_.ids().placement(), live));
}

TEST_P(CatalogConformance, placements_are_listed_by_status_up_to_the_limit) {
    auto const file = add("ann", "content");
    std::vector<PlacementRecord> placed;
    for (auto const* provider : {"a", "b", "c"})
        placed.push_back(place(file, records_.key("content", provider)));
    EXPECT_EQ(describe(get(catalog().placements_with_status(live, 9))), describe(placed));
    EXPECT_EQ(get(catalog().placements_with_status(live, 2)).size(), 2U);
    EXPECT_EQ(get(catalog().placements_with_status(live, 0)).size(), 0U);
    EXPECT_EQ(get(catalog().placements_with_status(deleted, 9)).size(), 0U);
}

TEST_P(CatalogConformance, remembers_the_last_purpose_that_worked) {
    auto const memory = [](std::string provider, std::string asked, std::string worked) {
        return PurposeMemory{.provider = ProviderName(std::move(provider)),
                             .account = AccountName("main"),
                             .asked = Purpose(std::move(asked)),
                             .worked = WirePurpose(std::move(worked))};
    };
    EXPECT_EQ(get(catalog().purpose_memories()).size(), 0U);
    for (auto const& told :
         {memory("kimi", "vision", "image"), memory("kimi", "assistants", "file-extract"),
          memory("glm", "vision", "agent"), memory("kimi", "vision", "video")}) {
        get(catalog().remember_purpose(told));
    }
    EXPECT_EQ(describe(get(catalog().purpose_memories())),
              describe(std::vector{memory("glm", "vision", "agent"),
                                   memory("kimi", "assistants", "file-extract"),
                                   memory("kimi", "vision", "video")}));
}

}  // namespace
}  // namespace filegate::catalog
