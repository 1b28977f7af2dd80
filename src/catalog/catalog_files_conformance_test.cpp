#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

using enum ErrorCode;
using Names = std::vector<std::string>;

TEST_P(CatalogConformance, gives_back_every_field_of_a_file) {
    auto file = records_.file("ann", "content");
    file.bytes = (1ULL << 40) + 3;
    file.mime_type = "application/vnd.x+json";
    file.expires_at = now() + seconds(90);
    auto const added = get(catalog().add_file(file));
    FileRecord const expected{.id = file.id,
                              .owner = file.owner,
                              .name = file.name,
                              .purpose = file.purpose,
                              .bytes = file.bytes,
                              .sha256 = file.sha256,
                              .mime_type = file.mime_type,
                              .created_at = now(),
                              .expires_at = file.expires_at,
                              .last_used_at = now()};
    EXPECT_EQ(describe(added), describe(expected) + " new");
    pass(seconds(5));
    EXPECT_EQ(describe(find(expected)), describe(expected) + " []");
}

TEST_P(CatalogConformance, keeps_names_and_owners_as_they_are) {
    Names const names{"it's.pdf",
                      "\"quoted\".pdf",
                      "'); DROP TABLE files; --",
                      "\u00e9t\u00e9 \u4e2d\u6587 \u05e2\u05d1\u05e8\u05d9\u05ea.txt",
                      "e\u0301te\u0301.txt",
                      "\U0001F469\u200D\U0001F680.png",
                      "back\\slash%_?*",
                      " ",
                      std::string(255, 'x')};
    for (auto const& name : names) {
        SCOPED_TRACE(name);
        auto const file = add("o'" + name, "content", name);
        EXPECT_EQ(find(file).file.name, name);
        EXPECT_EQ(listed("o'" + name, {}), Names{name});
    }
}

TEST_P(CatalogConformance, the_same_file_again_is_the_same_record) {
    auto const first = get(catalog().add_file(records_.file("ann", "content")));
    pass(seconds(10));
    auto again = records_.file("ann", "content");
    auto const second = get(catalog().add_file(again));
    EXPECT_EQ(second.file.id, first.file.id);
    EXPECT_FALSE(second.is_new_record);
    EXPECT_TRUE(second.owner_had_bytes);
    EXPECT_EQ(second.file.created_at, first.file.created_at);
    EXPECT_EQ(second.file.last_used_at, first.file.created_at + seconds(10));
    EXPECT_EQ(second.file.expires_at, std::nullopt);
    expect_error(file_not_found, catalog().find_file(again.owner, again.id));
}

TEST_P(CatalogConformance, a_new_expiry_replaces_the_old_and_none_leaves_it) {
    auto const add_expiring = [&](std::optional<WallTime> expires_at) {
        auto file = records_.file("ann", "content");
        file.expires_at = expires_at;
        return get(catalog().add_file(file)).file.expires_at;
    };
    EXPECT_EQ(add_expiring(std::nullopt), std::nullopt);
    EXPECT_EQ(add_expiring(now() + seconds(60)), now() + seconds(60));
    EXPECT_EQ(add_expiring(std::nullopt), now() + seconds(60));
    EXPECT_EQ(add_expiring(now() + seconds(30)), now() + seconds(30));
}

TEST_P(CatalogConformance, any_difference_makes_another_record) {
    struct Case {
        std::string owner, content, name, purpose;
        bool had_bytes;
    };
    add("ann", "content");
    for (auto const& [owner, content, name, purpose, had_bytes] :
         {Case{"ben", "content", "report.pdf", "assistants", false},
          Case{"ann", "other", "report.pdf", "assistants", false},
          Case{"ann", "content", "Report.pdf", "assistants", true},
          Case{"ann", "content", "report.pdf", "vision", true}}) {
        auto const added = get(catalog().add_file(records_.file(owner, content, name, purpose)));
        EXPECT_TRUE(added.is_new_record) << describe(added);
        EXPECT_EQ(added.owner_had_bytes, had_bytes) << describe(added);
    }
}

TEST_P(CatalogConformance, a_foreign_file_is_as_unknown_as_none) {
    auto const file = add("ann", "content");
    auto const foreign = run(catalog().find_file(PrincipalId("ben"), file.id));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, file_not_found);
    auto const unknown = run(catalog().find_file(PrincipalId("ben"), records_.ids().file()));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, file_not_found);
    // But for the id that was asked for, the answers do not differ.
    EXPECT_EQ(foreign.error().message.size(), unknown.error().message.size());
    expect_error(file_not_found, catalog().delete_file(PrincipalId("ben"), file.id, now()));
    expect_error(file_not_found, catalog().find_file(PrincipalId(""), file.id));
    EXPECT_EQ(find(file).file.id, file.id);
}

TEST_P(CatalogConformance, an_expired_file_shows_until_it_is_deleted) {
    auto file = records_.file("ann", "content");
    file.expires_at = now() - seconds(1);
    auto const added = get(catalog().add_file(file)).file;
    EXPECT_EQ(find(added).file.expires_at, file.expires_at);
    EXPECT_EQ(listed("ann", {}).size(), 1U);
}

TEST_P(CatalogConformance, a_deleted_file_is_seen_by_no_call) {
    auto const file = add("ann", "content");
    auto const deleted = get(catalog().delete_file(file.owner, file.id, now()));
    EXPECT_EQ(describe(deleted.file), describe(file));
    EXPECT_TRUE(deleted.is_blob_unused);
    EXPECT_FALSE(get(catalog().is_blob_used(file.sha256)));
    EXPECT_EQ(listed("ann", {}), Names{});
    expect_error(file_not_found, catalog().find_file(file.owner, file.id));
    expect_error(file_not_found, catalog().delete_file(file.owner, file.id, now()));
    expect_error(file_not_found, catalog().set_file_status(file.id, FileStatus::failed, ""));
    expect_error(file_not_found, catalog().list_files(file.owner, {.after = file.id}));
    auto const key = records_.key("content");
    expect_error(file_not_found, catalog().begin_intent(records_.intent(file.id, key)));
    auto const again = get(catalog().add_file(records_.file("ann", "content")));
    EXPECT_TRUE(again.is_new_record);
    EXPECT_FALSE(again.owner_had_bytes);
}

TEST_P(CatalogConformance, a_blob_is_used_as_long_as_anybody_has_it) {
    auto const mine = add("ann", "content");
    auto const theirs = add("ben", "content");
    EXPECT_FALSE(get(catalog().is_blob_used(sha256("other"))));
    EXPECT_FALSE(get(catalog().delete_file(mine.owner, mine.id, now())).is_blob_unused);
    EXPECT_TRUE(get(catalog().is_blob_used(mine.sha256)));
    EXPECT_TRUE(get(catalog().delete_file(theirs.owner, theirs.id, now())).is_blob_unused);
    EXPECT_FALSE(get(catalog().is_blob_used(mine.sha256)));
}

TEST_P(CatalogConformance, a_status_is_kept_with_its_details) {
    auto const file = add("ann", "content");
    get(catalog().set_file_status(file.id, FileStatus::failed, "glm said \"no\""));
    EXPECT_EQ(find(file).file.status, FileStatus::failed);
    EXPECT_EQ(find(file).file.status_details, "glm said \"no\"");
    get(catalog().set_file_status(file.id, FileStatus::kept, ""));
    EXPECT_EQ(find(file).file.status, FileStatus::kept);
    EXPECT_EQ(find(file).file.status_details, "");
    expect_error(file_not_found,
                 catalog().set_file_status(records_.ids().file(), FileStatus::kept, ""));
}

TEST_P(CatalogConformance, lists_newest_first_or_oldest_first) {
    EXPECT_EQ(listed("ann", {}), Names{});
    for (auto const* name : {"1", "2", "3"}) {
        add("ann", "content", name);
        add("ben", "content", name);
        pass(milliseconds(name[0] % 2));  // 2 and 3 are made in one millisecond
    }
    EXPECT_EQ(listed("ann", {}), (Names{"3", "2", "1"}));
    EXPECT_EQ(listed("ann", {.is_ascending = true}), (Names{"1", "2", "3"}));
    EXPECT_EQ(listed("cat", {}), Names{});
}

TEST_P(CatalogConformance, pages_hold_what_was_asked_for_and_say_whether_there_is_more) {
    for (auto const* name : {"1", "2", "3"})
        add("ann", "content", name);
    EXPECT_EQ(listed("ann", {.limit = 0}), (Names{"..."}));
    EXPECT_EQ(listed("ann", {.limit = 2}), (Names{"3", "2", "..."}));
    EXPECT_EQ(listed("ann", {.limit = 3}), (Names{"3", "2", "1"}));
    EXPECT_EQ(listed("ann", {.limit = 4}), (Names{"3", "2", "1"}));
    EXPECT_EQ(listed("ann", {.limit = SIZE_MAX}), (Names{"3", "2", "1"}));
    EXPECT_EQ(listed("ben", {.limit = 0}), Names{});
}

TEST_P(CatalogConformance, paging_by_key_meets_every_file_once) {
    Names expected;
    for (int i = 0; i < 23; ++i) {
        expected.push_back(std::to_string(i));
        add("ann", "content", expected.back());
        add("ben", "content", expected.back());
    }
    for (bool const is_ascending : {true, false}) {
        Names met;
        ListQuery query{.limit = 5, .is_ascending = is_ascending};
        while (true) {
            auto const page = get(catalog().list_files(PrincipalId("ann"), query));
            for (auto const& found : page.files)
                met.push_back(found.file.name);
            if (!page.has_more) break;
            query.after = page.files.back().file.id;
        }
        EXPECT_EQ(met, expected);
        std::ranges::reverse(expected);
    }
}

TEST_P(CatalogConformance, a_list_goes_on_behind_a_file_that_was_deleted_meanwhile) {
    for (auto const* name : {"0", "1", "2", "3"})
        add("ann", "content", name);
    auto const page =
        get(catalog().list_files(PrincipalId("ann"), {.limit = 2, .is_ascending = true}));
    auto const last = page.files.back().file.id;
    get(catalog().delete_file(PrincipalId("ann"), last, now()));
    ListQuery next{.is_ascending = true, .after = last};
    expect_error(file_not_found, catalog().list_files(PrincipalId("ann"), next));
    next.goes_on = true;
    EXPECT_EQ(listed("ann", next), (Names{"2", "3"}));
}

TEST_P(CatalogConformance, lists_one_purpose_when_asked) {
    for (auto const* purpose : {"assistants", "vision", "assistants", "batch", "vision"}) {
        auto file = records_.file("ann", "content", "", purpose);
        file.name = file.id.text();
        get(catalog().add_file(file));
    }
    auto const all = get(catalog().list_files(PrincipalId("ann"), {.is_ascending = true})).files;
    EXPECT_EQ(listed("ann", {.purpose = Purpose("vision")}).size(), 2U);
    EXPECT_EQ(listed("ann", {.purpose = Purpose("vision"), .limit = 1}).back(), "...");
    EXPECT_EQ(listed("ann", {.purpose = Purpose("vision"),
                             .is_ascending = true,
                             .after = all[2].file.id}),  // of another purpose
              Names{all[4].file.name});
    EXPECT_EQ(listed("ann", {.purpose = Purpose("vision"), .after = all[4].file.id}),
              Names{all[1].file.name});
    EXPECT_EQ(listed("ann", {.purpose = Purpose("evals")}), Names{});
}

TEST_P(CatalogConformance, paging_after_a_file_one_does_not_have_is_an_error) {
    auto const theirs = add("ben", "content");
    add("ann", "content");
    expect_error(file_not_found, catalog().list_files(PrincipalId("ann"), {.after = theirs.id}));
    expect_error(file_not_found,
                 catalog().list_files(PrincipalId("ann"), {.after = records_.ids().file()}));
    expect_error(file_not_found, catalog().list_files(PrincipalId("ann"), {.after = FileId("")}));
}

TEST_P(CatalogConformance, a_page_is_bounded_whatever_is_asked_for) {
    auto const count = list_limit_max + 1;
    constexpr std::size_t step = 1000;
    for (std::size_t first = 0; first < count; first += step) {
        std::vector<NewFile> files;
        for (auto i = first; i < std::min(first + step, count); ++i)
            files.push_back(records_.file("ann", "content", std::to_string(i)));
        for (auto const& added : add_at_once(files))
            ASSERT_TRUE(added);
    }
    auto const page = get(catalog().list_files(PrincipalId("ann"), {.limit = count}));
    EXPECT_EQ(page.files.size(), list_limit_max);
    EXPECT_TRUE(page.has_more);
}

TEST_P(CatalogConformance, says_that_it_can_write) {
    EXPECT_TRUE(run(catalog().check()));
    EXPECT_TRUE(run(catalog().check()));
}

}  // namespace
}  // namespace filegate::catalog
