#include <latch>
#include <thread>

#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

PrincipalId const ann("ann");

TEST_P(CatalogConformance, who_was_never_heard_of_holds_nothing) {
    EXPECT_EQ(quota("nobody"), "nobody: 0 bytes in 0 files, 0 reserved, of none");
    EXPECT_EQ(get(catalog().quotas(10, {})).size(), 0U);
}

TEST_P(CatalogConformance, an_upload_is_reserved_then_charged_then_given_back) {
    auto const wanted = ask(40);
    EXPECT_EQ(get(catalog().reserve_quota(wanted)), 40U);
    EXPECT_EQ(quota(), "ann: 0 bytes in 0 files, 40 reserved, of none");
    auto file = file_of(30, "a.pdf");
    file.reservation = wanted.id;
    auto const added = get(catalog().add_file(file)).file;
    EXPECT_EQ(quota(), "ann: 30 bytes in 1 files, 0 reserved, of none");
    get(catalog().delete_file(ann, added.id, now()));
    EXPECT_EQ(quota(), "ann: 0 bytes in 0 files, 0 reserved, of none");
}

TEST_P(CatalogConformance, the_limit_is_reached_to_the_byte_and_not_passed_by_one) {
    EXPECT_TRUE(upload(60, "a"));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(41)));
    EXPECT_TRUE(upload(40, "b"));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(1)));
    EXPECT_EQ(quota(), "ann: 100 bytes in 2 files, 0 reserved, of none");
}

TEST_P(CatalogConformance, what_is_reserved_counts_until_it_is_released) {
    auto const wanted = ask(70);
    get(catalog().reserve_quota(wanted));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(31)));
    catalog().release_reservation(wanted.id);
    catalog().release_reservation(wanted.id);
    catalog().release_reservation(ReservationId("never made"));
    EXPECT_EQ(quota(), "ann: 0 bytes in 0 files, 0 reserved, of none");
    EXPECT_TRUE(upload(100, "a"));
}

TEST_P(CatalogConformance, an_upload_of_unknown_length_gets_what_is_left) {
    EXPECT_TRUE(upload(30, "a"));
    auto unknown = ask(1);
    unknown.bytes_most = 1000;
    EXPECT_EQ(get(catalog().reserve_quota(unknown)), 70U);
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(1)));
}

TEST_P(CatalogConformance, a_refusal_names_limit_used_reserved_and_asked) {
    EXPECT_TRUE(upload(30, "a"));
    get(catalog().reserve_quota(ask(20)));
    auto const refused = run(catalog().reserve_quota(ask(77)));
    ASSERT_FALSE(refused);
    for (auto const* number : {"100", "30", "20", "77", "50"})
        EXPECT_NE(refused.error().message.find(number), std::string::npos) << number;
}

TEST_P(CatalogConformance, the_same_file_again_charges_nothing_and_ends_its_reservation) {
    EXPECT_TRUE(upload(30, "a"));
    EXPECT_TRUE(upload(30, "a"));
    EXPECT_EQ(quota(), "ann: 30 bytes in 1 files, 0 reserved, of none");
}

TEST_P(CatalogConformance, two_names_for_the_same_bytes_are_charged_twice) {
    auto first = file_of(30, "a");
    auto second = first;
    second.id = records_.ids().file();
    second.name = "b";
    get(catalog().add_file(first));
    get(catalog().add_file(second));
    EXPECT_EQ(quota(), "ann: 60 bytes in 2 files, 0 reserved, of none");
}

TEST_P(CatalogConformance, owners_do_not_share_a_quota) {
    EXPECT_TRUE(upload(100, "a"));
    auto others = ask(100);
    others.owner = PrincipalId("ben");
    EXPECT_EQ(get(catalog().reserve_quota(others)), 100U);
    EXPECT_EQ(quota(), "ann: 100 bytes in 1 files, 0 reserved, of none");
}

TEST_P(CatalogConformance, a_file_is_not_recorded_on_a_reservation_that_does_not_cover_it) {
    auto const small = ask(10);
    get(catalog().reserve_quota(small));
    auto others = ask(50);
    others.owner = PrincipalId("ben");
    get(catalog().reserve_quota(others));
    for (auto const& id : {small.id, others.id, ReservationId("never made")}) {
        auto file = file_of(11, "a");
        file.reservation = id;
        expect_error(ErrorCode::quota_exceeded, catalog().add_file(file));
    }
    EXPECT_EQ(quota(), "ann: 0 bytes in 0 files, 10 reserved, of none");
    EXPECT_EQ(quota("ben"), "ben: 0 bytes in 0 files, 50 reserved, of none");
}

TEST_P(CatalogConformance, a_file_that_is_not_recorded_keeps_its_reservation) {
    auto const taken = file_of(5, "taken");
    get(catalog().add_file(taken));
    auto const wanted = ask(10);
    get(catalog().reserve_quota(wanted));
    auto file = file_of(10, "a");
    file.id = taken.id;
    file.reservation = wanted.id;
    expect_error(ErrorCode::database_error, catalog().add_file(file));
    EXPECT_EQ(quota(), "ann: 5 bytes in 1 files, 10 reserved, of none");
}

TEST_P(CatalogConformance, a_limit_of_ones_own_goes_before_the_default_and_can_be_taken_away) {
    EXPECT_EQ(describe(get(catalog().set_quota(ann, 10))),
              "ann: 0 bytes in 0 files, 0 reserved, of 10");
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(11)));
    get(catalog().set_quota(ann, 1000));
    auto const large = ask(500);
    EXPECT_EQ(get(catalog().reserve_quota(large)), 500U);
    catalog().release_reservation(large.id);
    get(catalog().set_quota(ann, std::nullopt));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(101)));
}

TEST_P(CatalogConformance, a_limit_below_what_is_used_takes_nothing_more_and_deletes_nothing) {
    EXPECT_TRUE(upload(60, "a"));
    get(catalog().set_quota(ann, 50));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(0)));
    EXPECT_EQ(quota(), "ann: 60 bytes in 1 files, 0 reserved, of 50");
    get(catalog().set_quota(ann, 0));
    expect_error(ErrorCode::quota_exceeded, catalog().reserve_quota(ask(1)));
}

TEST_P(CatalogConformance, quotas_are_listed_by_name_a_page_at_a_time_with_what_is_reserved) {
    for (auto const* owner : {"cem", "ann", "ben"})
        add(owner, "content");
    auto others = ask(7);
    others.owner = PrincipalId("ben");
    get(catalog().reserve_quota(others));
    auto const first = get(catalog().quotas(2, {}));
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].owner, ann);
    EXPECT_EQ(first[1].reserved_bytes, 7U);
    auto const next = get(catalog().quotas(2, first[1].owner));
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].owner, PrincipalId("cem"));
}

// ---- races --------------------------------------------------------------------------------------

constexpr std::uint64_t edge = 1000;

// Uploads of random sizes until nothing fits any more, some given up, some deleted again.
void upload_until_full(Catalog& catalog, SimLoop& loop, RecordSource& records, int thread) {
    SeededRandom random(static_cast<std::uint64_t>(thread) + 1);
    int refusals = 0;
    for (int i = 0; refusals < 20 && i < 400; ++i) {
        auto const bytes = 1 + random.below(40);
        ReservationId const id(fmt::format("{}-{}", thread, i));
        auto const held = loop.run_task(catalog.reserve_quota({.id = id,
                                                               .owner = ann,
                                                               .bytes_least = bytes,
                                                               .bytes_most = bytes,
                                                               .default_limit_bytes = edge}));
        if (!held) {
            ++refusals;
            continue;
        }
        auto file = records.file("ann", fmt::format("{}-{}", thread, i));
        file.id = FileId(fmt::format("file-{}-{}", thread, i));
        file.bytes = bytes - random.below(bytes);
        file.reservation = id;
        bool const is_kept = random.below(4) > 0;
        if (is_kept) EXPECT_TRUE(loop.run_task(catalog.add_file(file)));
        catalog.release_reservation(id);
        if (is_kept && random.below(4) == 0) {
            EXPECT_TRUE(loop.run_task(catalog.delete_file(ann, file.id, loop.wall_now())));
        }
        auto const quota = loop.run_task(catalog.quota_of(ann)).value();
        EXPECT_LE(quota.used_bytes + quota.reserved_bytes, edge);
    }
}

TEST_P(CatalogConformance, racing_uploads_at_the_edge_pass_it_by_no_byte_and_leak_none) {
    constexpr int threads = 4;
    std::latch start(threads);
    {
        std::vector<std::jthread> running;
        for (int thread = 0; thread < threads; ++thread) {
            running.emplace_back([&, thread] {
                SimLoop loop;
                RecordSource records(loop);
                start.arrive_and_wait();
                upload_until_full(catalog(), loop, records, thread);
            });
        }
    }
    std::uint64_t sum = 0;
    auto const files = get(catalog().list_files(ann, {.limit = 10'000})).files;
    for (auto const& found : files)
        sum += found.file.bytes;
    EXPECT_EQ(quota(),
              fmt::format("ann: {} bytes in {} files, 0 reserved, of none", sum, files.size()));
    EXPECT_LE(sum, edge);
    EXPECT_GT(sum, edge / 2) << "the uploads did not come near the edge";
}

TEST_P(CatalogConformance, of_64_uploads_at_once_exactly_as_many_pass_as_fit) {
    int passed = 0;
    for (int i = 0; i < 64; ++i)
        passed += upload(9, std::to_string(i)) ? 1 : 0;
    EXPECT_EQ(passed, 11);
    EXPECT_EQ(quota(), "ann: 99 bytes in 11 files, 0 reserved, of none");
}

}  // namespace
}  // namespace filegate::catalog
