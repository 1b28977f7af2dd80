#include "delivery/copy_watch.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::delivery {
namespace {

WallTime at(std::int64_t second, std::int64_t ms = 0) {
    return WallTime(seconds(second)) + milliseconds(ms);
}

ProviderFile listed(std::string name, std::uint64_t bytes, std::int64_t second,
                    std::string purpose = "") {
    return {.id = ProviderFileId("f"),
            .filename = std::move(name),
            .bytes = bytes,
            .purpose = std::move(purpose),
            .created_at = at(second)};
}

TEST(copy_watch, tells_a_copy_by_name_size_purpose_and_time) {
    SentFile const sent{"report.pdf", 10, WirePurpose("file-extract"), at(100, 900)};
    struct Row {
        std::string_view what;
        ProviderFile file;
        bool expected;
    };
    for (auto const& row : {
             Row{"the same", listed("report.pdf", 10, 101), true},
             Row{"in the same second", listed("report.pdf", 10, 100), true},
             Row{"clocks differ a little", listed("report.pdf", 10, 95), true},
             Row{"before we began", listed("report.pdf", 10, 94), false},
             Row{"numbered by the provider", listed("report (1).pdf", 10, 101), true},
             Row{"a higher number", listed("report (12).pdf", 10, 101), true},
             Row{"no number in brackets", listed("report ().pdf", 10, 101), false},
             Row{"not a number", listed("report (x).pdf", 10, 101), false},
             Row{"another name", listed("report1.pdf", 10, 101), false},
             Row{"another ending", listed("report (1).txt", 10, 101), false},
             Row{"another size", listed("report.pdf", 11, 101), false},
             Row{"its purpose", listed("report.pdf", 10, 101, "file-extract"), true},
             Row{"another purpose", listed("report.pdf", 10, 101, "image"), false},
         })
        EXPECT_EQ(is_copy_of(sent, row.file), row.expected) << row.what;
    auto timeless = listed("report.pdf", 10, 101);
    timeless.created_at.reset();
    EXPECT_FALSE(is_copy_of(sent, timeless));
}

TEST(copy_watch, a_name_without_ending_is_numbered_at_its_end) {
    SentFile const sent{"README", 10, WirePurpose("x"), at(100)};
    EXPECT_TRUE(is_copy_of(sent, listed("README (1)", 10, 101)));
    EXPECT_FALSE(is_copy_of(sent, listed("README (1)x", 10, 101)));
}

Account account_of(std::string name) {
    return {&contracts::builtin_contracts().front(), AccountName(std::move(name)), Secret("k"),
            "http://x"};
}

TEST(copy_watch, two_uploads_that_look_alike_are_ambiguous_while_both_last) {
    SimLoop loop(at(100));
    CopyWatch watch(loop);
    auto const account = account_of("a");
    auto const other_account = account_of("b");
    SentFile const sent{"a.txt", 10, WirePurpose("p"), at(100)};
    SentFile const larger{"a.txt", 11, WirePurpose("p"), at(100)};
    CopyWatch::Underway const first(watch, account, sent);
    CopyWatch::Underway const elsewhere(watch, other_account, sent);
    CopyWatch::Underway const another(watch, account, larger);
    EXPECT_FALSE(first.is_ambiguous());
    {
        CopyWatch::Underway const twin(watch, account, sent);
        EXPECT_TRUE(first.is_ambiguous());
        EXPECT_TRUE(twin.is_ambiguous());
        EXPECT_FALSE(another.is_ambiguous());
    }
    EXPECT_FALSE(first.is_ambiguous());
}

TEST(copy_watch, an_upload_that_ended_in_doubt_makes_the_next_ones_ambiguous_for_a_while) {
    SimLoop loop(at(100));
    CopyWatch watch(loop);
    auto const account = account_of("a");
    SentFile sent{"a.txt", 10, WirePurpose("p"), loop.wall_now()};
    {
        CopyWatch::Underway sure(watch, account, sent);
        sure.set_in_doubt(true);
        sure.set_in_doubt(false);
    }
    CopyWatch::Underway const first(watch, account, sent);
    EXPECT_FALSE(first.is_ambiguous());
    {
        CopyWatch::Underway doubtful(watch, account, sent);
        doubtful.set_in_doubt(true);
    }
    EXPECT_TRUE(first.is_ambiguous()) << "the stray copy may look like ours";
}

TEST(copy_watch, what_ended_in_doubt_before_we_began_cannot_look_like_ours) {
    SimLoop loop(at(100));
    CopyWatch watch(loop);
    auto const account = account_of("a");
    SentFile sent{"a.txt", 10, WirePurpose("p"), loop.wall_now()};
    {
        CopyWatch::Underway doubtful(watch, account, sent);
        doubtful.set_in_doubt(true);
    }
    sent.started_at = at(105);
    {
        CopyWatch::Underway const soon_after(watch, account, sent);
        EXPECT_TRUE(soon_after.is_ambiguous()) << "clocks may differ by five seconds";
    }
    sent.started_at = at(106);
    CopyWatch::Underway const later(watch, account, sent);
    EXPECT_FALSE(later.is_ambiguous());
}

TEST(copy_watch, known_ids_belong_to_an_account_and_the_oldest_are_forgotten) {
    SimLoop loop(at(100));
    CopyWatch watch(loop);
    auto const account = account_of("a");
    for (int i = 0; i <= 10'000; ++i) {
        watch.add_known(account, ProviderFileId(fmt::format("f{}", i)));
        watch.add_known(account, ProviderFileId("f10000"));
    }
    EXPECT_TRUE(watch.is_known(account, ProviderFileId("f10000")));
    EXPECT_FALSE(watch.is_known(account_of("b"), ProviderFileId("f10000")));
    EXPECT_FALSE(watch.is_known(account, ProviderFileId("f0")));
}

}  // namespace
}  // namespace filegate::delivery
