#include "gateway/catalog_journal.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_fakes.hpp"

namespace filegate::gateway {
namespace {

using catalog::IntentRecord;
using catalog::PlacementStatus;

class CatalogJournalTest : public ::testing::Test {
protected:
    CatalogJournalTest() { world_.finish_background(); }

    template <class T>
    T get(Task<Result<T>> task) {
        return world_.run(std::move(task)).value();
    }
    catalog::Catalog& catalog() { return world_.catalog(); }
    WallTime now() { return world_.loop().wall_now(); }
    catalog::FileRecord add(std::string const& name, std::string const& content) {
        return get(catalog().add_file({.id = world_.ids().file(),
                                       .owner = PrincipalId("ann"),
                                       .name = name,
                                       .purpose = Purpose("assistants"),
                                       .bytes = content.size(),
                                       .sha256 = sha256(content),
                                       .mime_type = "application/pdf",
                                       .now = now()}))
            .file;
    }
    CatalogJournal journal_of(catalog::FileRecord const& file) {
        return {catalog(), world_.loop(), world_.ids(), file};
    }
    delivery::OpenIntent begin(catalog::FileRecord const& file) {
        auto journal = journal_of(file);
        return get(journal.begin(account_, purpose_));
    }
    delivery::Placed copy(std::string const& id) const {
        return {.account = &account_,
                .purpose = purpose_,
                .file = {.id = ProviderFileId(id), .status = "ok"}};
    }
    delivery::CopyKnowledge ask(delivery::OpenIntent const& own,
                                std::vector<ProviderFileId> listed = {}) {
        return get(journal_.knowledge_of(account_, purpose_, own, std::move(listed)));
    }
    // What others left open beside one's own; answers with what one is told.
    std::optional<WallTime> rival_beside_own(IntentRecord const& other) {
        get(catalog().begin_intent(other));
        auto const told = ask(begin(file_)).newest_rival_at;
        get(catalog().abandon_intent(other.id));
        return told;
    }
    // As alike as can be, but for the bytes.
    IntentRecord rival(milliseconds later = {}) {
        return {.id = world_.ids().intent(),
                .key = {.provider = account_.contract->name,
                        .account = account_.name,
                        .purpose = purpose_,
                        .sha256 = sha256("others")},
                .file = other_.id,
                .filename = file_.name,
                .bytes = file_.bytes,
                .started_at = now() + later};
    }

    World world_;
    delivery::Account const& account_ = world_.account();
    WirePurpose const purpose_{"file-extract"};
    catalog::FileRecord const file_ = add("report.pdf", "content");
    catalog::FileRecord const other_ = add("report.pdf", "another");
    CatalogJournal journal_ = journal_of(file_);
};

TEST_F(CatalogJournalTest, what_was_begun_is_in_the_catalog_and_is_left_open) {
    auto const begun = begin(file_);
    auto const open = get(catalog().open_intents(9));
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].id, begun.id);
    EXPECT_EQ(open[0].key.sha256, file_.sha256);
    EXPECT_EQ(open[0].file, file_.id);
    auto const left = get(journal_.left_open(account_, purpose_));
    ASSERT_EQ(left.size(), 1U);
    for (auto const& intent : {begun, left[0]}) {
        EXPECT_EQ(intent.id, open[0].id);
        EXPECT_EQ(intent.filename, "report.pdf");
        EXPECT_EQ(intent.bytes, file_.bytes);
        EXPECT_EQ(intent.started_at, now());
    }
}

TEST_F(CatalogJournalTest, nothing_is_begun_for_a_file_that_is_gone) {
    get(catalog().delete_file(file_.owner, file_.id, now()));
    auto const begun = world_.run(journal_.begin(account_, purpose_));
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, ErrorCode::file_not_found);
    EXPECT_TRUE(get(catalog().open_intents(9)).empty());
}

TEST_F(CatalogJournalTest, earlier_deliveries_of_the_same_bytes_are_left_open_oldest_first) {
    auto const theirs = add("of another name.pdf", "content");
    auto const younger = begin(theirs);
    begin(other_);  // other bytes
    get(journal_.begin(account_, WirePurpose("image")));
    auto older = rival(-seconds(1));
    older.key.sha256 = file_.sha256;
    get(catalog().begin_intent(older));
    auto const left = get(journal_.left_open(account_, purpose_));
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].id, older.id);
    EXPECT_EQ(left[1].id, younger.id);
    EXPECT_EQ(left[1].filename, "of another name.pdf");
}

TEST_F(CatalogJournalTest, a_finished_intent_places_the_file) {
    auto placed = copy("copy 1");
    placed.expires_at = now() + seconds(9);
    get(journal_.finish(begin(file_).id, placed));
    auto const found = get(catalog().find_file(file_.owner, file_.id)).placements;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].provider_file_id, ProviderFileId("copy 1"));
    EXPECT_EQ(found[0].provider_status, "ok");
    EXPECT_EQ(found[0].key.sha256, file_.sha256);
    EXPECT_EQ(found[0].bytes, file_.bytes);
    EXPECT_EQ(found[0].created_at, now());
    EXPECT_EQ(found[0].expires_at, now() + seconds(9));
    EXPECT_TRUE(get(journal_.left_open(account_, purpose_)).empty());
}

TEST_F(CatalogJournalTest, a_discarded_copy_is_recorded_as_one_to_remove) {
    get(journal_.discard(begin(file_).id, copy("too short")));
    EXPECT_TRUE(get(catalog().find_file(file_.owner, file_.id)).placements.empty());
    EXPECT_TRUE(get(journal_.left_open(account_, purpose_)).empty());
    auto const to_remove = get(catalog().placements_with_status(PlacementStatus::deleting, 9));
    ASSERT_EQ(to_remove.size(), 1U);
    EXPECT_EQ(to_remove[0].provider_file_id, ProviderFileId("too short"));
    EXPECT_EQ(to_remove[0].key.sha256, file_.sha256);
    EXPECT_TRUE(ask(begin(file_), {ProviderFileId("too short")})
                    .recorded.contains(ProviderFileId("too short")));
}

TEST_F(CatalogJournalTest, copies_of_any_placement_of_the_account_are_recorded) {
    auto other_journal = journal_of(other_);
    get(other_journal.finish(begin(other_).id, copy("theirs")));
    auto const own = begin(file_);
    auto const told = ask(own, {ProviderFileId("new"), ProviderFileId("theirs")});
    EXPECT_EQ(told.recorded, std::set{ProviderFileId("theirs")});
    EXPECT_EQ(told.newest_rival_at, std::nullopt);
    auto second = account_;
    second.name = AccountName("second");
    EXPECT_TRUE(get(journal_.knowledge_of(second, purpose_, own, {ProviderFileId("theirs")}))
                    .recorded.empty());
}

TEST_F(CatalogJournalTest, other_bytes_of_the_same_look_are_rivals) {
    EXPECT_EQ(rival_beside_own(rival()), now());
    for (auto const* filename : {"report (1).pdf", "report (27).pdf"}) {
        auto other = rival();
        other.filename = filename;
        EXPECT_EQ(rival_beside_own(other), now()) << filename;
    }
    for (auto const* filename : {"report", "Report.pdf", "report (x).pdf", "report (1).txt", ""}) {
        auto other = rival();
        other.filename = filename;
        EXPECT_EQ(rival_beside_own(other), std::nullopt) << filename;
    }
}

TEST_F(CatalogJournalTest, a_name_that_could_have_been_numbered_is_a_rival) {
    auto const numbered = add("report (1).pdf", "numbered");
    auto own = begin(numbered);
    own.bytes = rival().bytes;
    auto other = rival();
    get(catalog().begin_intent(other));
    auto journal = journal_of(numbered);
    EXPECT_EQ(get(journal.knowledge_of(account_, purpose_, own, {})).newest_rival_at, now());
}

TEST_F(CatalogJournalTest, what_cannot_be_taken_for_ones_own_copy_is_no_rival) {
    std::vector<IntentRecord> others(5, rival());
    others[0].key.sha256 = file_.sha256;  // the same bytes, whoever sends them
    others[1].key.provider = ProviderName("glm");
    others[2].key.account = AccountName("second");
    others[3].key.purpose = WirePurpose("image");
    others[4].bytes += 1;
    for (std::size_t i = 0; i < others.size(); ++i)
        EXPECT_EQ(rival_beside_own(others[i]), std::nullopt) << i;
}

TEST_F(CatalogJournalTest, the_youngest_rival_is_told) {
    auto const own = begin(file_);
    for (auto const later : {seconds(-5), seconds(7), seconds(3)})
        get(catalog().begin_intent(rival(later)));
    auto youngest = rival(seconds(60));
    youngest.filename = "of another name.pdf";
    get(catalog().begin_intent(youngest));
    EXPECT_EQ(ask(own).newest_rival_at, now() + seconds(7));
}

TEST_F(CatalogJournalTest, with_too_many_alike_the_youngest_may_be_of_this_moment) {
    auto const own = begin(file_);
    for (std::size_t i = 0; i < catalog::list_limit_max; ++i)
        get(catalog().begin_intent(rival(-seconds(9))));
    EXPECT_EQ(ask(own).newest_rival_at, now());
}

TEST_F(CatalogJournalTest, a_rival_that_is_finished_while_we_ask_is_not_missed) {
    for (int step = 0; step < 2; ++step) {
        SCOPED_TRACE(step);
        ProviderFileId const theirs(fmt::format("theirs {}", step));
        auto other = rival();
        other.key.sha256 = sha256(fmt::format("others {}", step));
        get(catalog().begin_intent(other));
        auto const own = begin(file_);
        world_.before_step(step, [&] {
            SimLoop loop;
            catalog::PlacementRecord const placement{.id = world_.ids().placement(),
                                                     .key = other.key,
                                                     .provider_file_id = theirs,
                                                     .bytes = other.bytes,
                                                     .created_at = now()};
            ASSERT_TRUE(loop.run_task(catalog().finish_intent(other.id, placement)));
        });
        auto const told = ask(own, {theirs});
        EXPECT_TRUE(get(catalog().find_placement(other.key, now()))) << "it was finished";
        EXPECT_TRUE(told.recorded.contains(theirs) || told.newest_rival_at);
    }
}

TEST_F(CatalogJournalTest, what_the_catalog_cannot_tell_is_an_error_and_not_a_no) {
    auto const own = begin(file_);
    for (int step = 0; step < 2; ++step) {
        world_.fail_step(step);
        EXPECT_FALSE(world_.run(journal_.knowledge_of(account_, purpose_, own, {})));
        EXPECT_TRUE(world_.has_failed());
    }
    world_.fail_step(0);
    EXPECT_FALSE(world_.run(journal_.left_open(account_, purpose_)));
    world_.fail_step(0);
    EXPECT_FALSE(world_.run(journal_.begin(account_, purpose_)));
    world_.fail_step(0);
    EXPECT_FALSE(world_.run(journal_.discard(own.id, copy("copy"))));
    world_.fail_step(std::nullopt);
    EXPECT_EQ(get(catalog().open_intents(9)).size(), 1U);
}

}  // namespace
}  // namespace filegate::gateway
