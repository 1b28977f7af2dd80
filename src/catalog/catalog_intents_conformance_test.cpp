#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

using enum ErrorCode;

std::vector<ProviderFileId> copies(std::vector<std::string> const& names) {
    std::vector<ProviderFileId> ids;
    for (auto const& name : names)
        ids.emplace_back(name);
    return ids;
}

TEST_P(CatalogConformance, intents_are_listed_by_start_and_then_by_id) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const late = begin(file, key, milliseconds(1));
    auto const early = begin(file, key);
    auto const next = begin(file, key);
    auto const first = begin(file, key, -seconds(1));
    EXPECT_EQ(describe(get(catalog().open_intents(10))),
              describe(std::vector{first, early, next, late}));
    EXPECT_EQ(describe(get(catalog().open_intents(2))), describe(std::vector{first, early}));
}

TEST_P(CatalogConformance, intents_are_met_once_each_page_by_page) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    std::vector<IntentRecord> begun;
    for (int i = 0; i < 7; ++i)
        begun.push_back(begin(file, key, milliseconds(i / 3)));  // starts are shared
    std::vector<IntentRecord> met;
    for (int pages = 0; pages < 4; ++pages) {
        auto const after = met.empty() ? std::nullopt : std::optional(met.back());
        auto const page = get(catalog().open_intents(2, after));
        EXPECT_EQ(page.size(), pages < 3 ? 2U : 1U);
        met.insert(met.end(), page.begin(), page.end());
    }
    EXPECT_EQ(describe(met), describe(begun));
}

TEST_P(CatalogConformance, intents_are_listed_after_one_that_is_gone_or_never_was) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const first = begin(file, key);
    auto const second = begin(file, key);
    get(catalog().abandon_intent(first.id));
    EXPECT_EQ(describe(get(catalog().open_intents(9, first))), describe(std::vector{second}));
    EXPECT_EQ(get(catalog().open_intents(9, second)).size(), 0U);
    auto never = first;
    never.id = IntentId("");
    EXPECT_EQ(describe(get(catalog().open_intents(9, never))), describe(std::vector{second}));
    never.started_at = now() + seconds(1);
    EXPECT_EQ(get(catalog().open_intents(9, never)).size(), 0U);
    EXPECT_EQ(get(catalog().open_intents(0, never)).size(), 0U);
}

TEST_P(CatalogConformance, intents_of_one_key_are_found_whoever_began_them) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    std::vector<PlacementKey> others(4, key);
    others[0].provider = ProviderName("glm");
    others[1].account = AccountName("second");
    others[2].purpose = WirePurpose("image");
    others[3].sha256 = sha256("other");
    for (auto const& other : others)
        begin(file, other);
    EXPECT_EQ(get(catalog().open_intents_of(key)).size(), 0U);
    auto theirs = records_.intent(add("ben", "content").id, key);
    theirs.filename = "by another name.pdf";
    theirs.started_at = now() + seconds(1);
    get(catalog().begin_intent(theirs));
    auto const mine = begin(file, key);
    EXPECT_EQ(describe(get(catalog().open_intents_of(key))), describe(std::vector{mine, theirs}));
    for (auto const& other : others)
        EXPECT_EQ(get(catalog().open_intents_of(other)).size(), 1U);
}

TEST_P(CatalogConformance, intents_of_one_size_are_found_whatever_their_bytes) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    std::vector<PlacementKey> others(3, key);
    others[0].provider = ProviderName("glm");
    others[1].account = AccountName("second");
    others[2].purpose = WirePurpose("image");
    for (auto const& other : others)
        begin(file, other);
    auto longer = records_.intent(file.id, key);
    ++longer.bytes;
    get(catalog().begin_intent(longer));
    auto const size = longer.bytes - 1;
    EXPECT_EQ(get(catalog().open_intents_like(key, size)).size(), 0U);
    auto other_bytes = records_.intent(add("ben", "other").id, records_.key("other"));
    other_bytes.started_at = now() + seconds(1);
    get(catalog().begin_intent(other_bytes));
    auto const same_bytes = begin(file, key);
    EXPECT_EQ(describe(get(catalog().open_intents_like(key, size))),
              describe(std::vector{same_bytes, other_bytes}));
    EXPECT_EQ(describe(get(catalog().open_intents_like(key, longer.bytes))),
              describe(std::vector{longer}));
}

TEST_P(CatalogConformance, intents_that_ended_are_in_no_list) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const finished = begin(file, key);
    auto const abandoned = begin(file, key);
    get(catalog().finish_intent(finished.id, records_.placement(key)));
    get(catalog().abandon_intent(abandoned.id));
    EXPECT_EQ(get(catalog().open_intents(9)).size(), 0U);
    EXPECT_EQ(get(catalog().open_intents_of(key)).size(), 0U);
    EXPECT_EQ(get(catalog().open_intents_like(key, finished.bytes)).size(), 0U);
}

TEST_P(CatalogConformance, a_discarded_intent_leaves_a_copy_to_remove_and_nothing_else) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const winner = place(file, key);  // the key's place is taken, and stays so
    auto const intent = begin(file, key);
    auto placement = records_.placement(key);
    for (int told = 0; told < 2; ++told) {
        get(catalog().discard_intent(intent.id, placement));
        placement.status = PlacementStatus::deleting;
        EXPECT_EQ(describe(get(catalog().placements_with_status(PlacementStatus::deleting, 9))),
                  describe(std::vector{placement}));
        placement.status = PlacementStatus::live;  // whatever it says
    }
    EXPECT_EQ(get(catalog().open_intents(9)).size(), 0U);
    EXPECT_EQ(describe(find(file).placements), describe(std::vector{winner}));
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, winner.id);
}

TEST_P(CatalogConformance, a_discarded_intent_does_not_place_its_file) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    get(catalog().discard_intent(begin(file, key).id, records_.placement(key)));
    EXPECT_EQ(find(file).file.status, FileStatus::kept);
    EXPECT_EQ(get(catalog().find_placement(key, now())), std::nullopt);
    EXPECT_EQ(get(catalog().delete_file(file.owner, file.id, now())).orphaned.size(), 0U);
}

TEST_P(CatalogConformance, an_intent_of_a_deleted_file_can_be_discarded) {
    auto const file = add("ann", "content");
    auto const intent = begin(file, records_.key("content"));
    get(catalog().delete_file(file.owner, file.id, now()));
    get(catalog().discard_intent(intent.id, records_.placement(intent.key)));
    EXPECT_EQ(get(catalog().placements_with_status(PlacementStatus::deleting, 9)).size(), 1U);
    EXPECT_EQ(get(catalog().open_intents(9)).size(), 0U);
}

TEST_P(CatalogConformance, an_intent_that_is_not_open_cannot_be_discarded) {
    auto const file = add("ann", "content");
    auto const key = records_.key("content");
    auto const intent = begin(file, key);
    auto const placement = records_.placement(key);
    get(catalog().finish_intent(intent.id, placement));
    expect_error(concurrent_upload, catalog().discard_intent(intent.id, records_.placement(key)));
    get(catalog().discard_intent(intent.id, placement));  // recorded, and by no means removed
    EXPECT_EQ(get(catalog().find_placement(key, now()))->id, placement.id);
    auto const other = begin(file, key);
    expect_error(database_error, catalog().discard_intent(other.id, placement));
    EXPECT_EQ(get(catalog().placements_with_status(PlacementStatus::deleting, 9)).size(), 0U);
    EXPECT_EQ(describe(get(catalog().open_intents(9))), describe(std::vector{other}));
}

TEST_P(CatalogConformance, intents_outlive_their_file) {
    auto const file = add("ann", "content");
    auto const intent = begin(file, records_.key("content"));
    get(catalog().delete_file(file.owner, file.id, now()));
    EXPECT_EQ(describe(get(catalog().open_intents(9))), describe(std::vector{intent}));
    EXPECT_EQ(describe(get(catalog().open_intents_of(intent.key))), describe(std::vector{intent}));
}

TEST_P(CatalogConformance, intents_keep_their_latest_finding) {
    auto const file = add("ann", "content");
    auto intent = begin(file, records_.key("content"));
    auto const other = begin(file, records_.key("other"));
    EXPECT_EQ(get(catalog().open_intents_of(intent.key)).front().looked_at, std::nullopt);
    for (std::string const finding : {"two files look like it", "glm has no \"list\"", ""}) {
        pass(milliseconds(1));
        get(catalog().note_finding(intent.id, finding, now()));
        intent.finding = finding;
        intent.looked_at = now();
        EXPECT_EQ(describe(get(catalog().open_intents(9))), describe(std::vector{intent, other}));
        EXPECT_EQ(describe(get(catalog().open_intents_of(intent.key))),
                  describe(std::vector{intent}));
        EXPECT_EQ(describe(get(catalog().open_intents_like(intent.key, intent.bytes))),
                  describe(std::vector{intent, other}));
    }
}

TEST_P(CatalogConformance, intents_may_come_with_a_finding) {
    auto const file = add("ann", "content");
    auto intent = records_.intent(file.id, records_.key("content"));
    intent.finding = "told before";
    intent.looked_at = now() - milliseconds(1);
    get(catalog().begin_intent(intent));
    EXPECT_EQ(describe(get(catalog().open_intents(9))), describe(std::vector{intent}));
}

TEST_P(CatalogConformance, intents_that_are_not_open_take_no_finding) {
    auto const file = add("ann", "content");
    auto const gone = begin(file, records_.key("content"));
    get(catalog().abandon_intent(gone.id));
    get(catalog().note_finding(gone.id, "late", now()));
    get(catalog().note_finding(records_.ids().intent(), "never", now()));
    EXPECT_EQ(get(catalog().open_intents(9)).size(), 0U);
}

TEST_P(CatalogConformance, intents_are_begun_once_by_an_id) {
    auto const file = add("ann", "content");
    auto const intent = begin(file, records_.key("content"));
    auto again = intent;
    again.filename = "another.pdf";
    again.started_at = now() + seconds(1);
    expect_error(database_error, catalog().begin_intent(again));
    EXPECT_EQ(describe(get(catalog().open_intents(9))), describe(std::vector{intent}));
}

TEST_P(CatalogConformance, intents_that_are_listed_are_bounded) {
    auto const file = add("ann", "content");
    std::vector<Task<Result<void>>> tasks;
    auto const key = records_.key("content");
    for (std::size_t i = 0; i < list_limit_max + 1; ++i) {
        tasks.push_back(catalog().begin_intent(records_.intent(file.id, key)));
        if (tasks.size() == 1000) get_all(std::exchange(tasks, {}));
    }
    get_all(std::move(tasks));
    EXPECT_EQ(get(catalog().open_intents(SIZE_MAX)).size(), list_limit_max);
    EXPECT_EQ(get(catalog().open_intents_of(key)).size(), list_limit_max);
    auto const like = get(catalog().open_intents_like(key, 4711));
    EXPECT_EQ(like.size(), list_limit_max);
    EXPECT_EQ(get(catalog().open_intents(SIZE_MAX, like.back())).size(), 1U);
}

TEST_P(CatalogConformance, a_copy_is_recorded_whatever_became_of_its_placement) {
    auto const file = add("ann", "content");
    record_copy(file, "live", PlacementStatus::live);
    record_copy(file, "deleting", PlacementStatus::deleting);
    record_copy(file, "vanished", PlacementStatus::vanished);
    record_copy(file, "deleted", PlacementStatus::deleted);
    record_copy(file, "at glm", PlacementStatus::live, "glm");
    record_copy(file, "in second", PlacementStatus::live, "kimi", "second");
    auto const recorded = [&](std::vector<std::string> const& asked) {
        return describe(get(
            catalog().recorded_copies(ProviderName("kimi"), AccountName("main"), copies(asked))));
    };
    EXPECT_EQ(recorded({"vanished", "deleted", "at glm", "live", "in second", "never", "deleting"}),
              describe(copies({"vanished", "deleted", "live", "deleting"})));
    EXPECT_EQ(recorded({}), "[]");
    EXPECT_EQ(recorded({"Live", "live ", ""}), "[]");
    get(catalog().delete_file(file.owner, file.id, now()));
    EXPECT_EQ(recorded({"live", "live"}), describe(copies({"live", "live"})));
}

}  // namespace
}  // namespace filegate::catalog
