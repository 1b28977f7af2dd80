#include "delivery/copy_match.hpp"

#include <gtest/gtest.h>

namespace filegate::delivery {
namespace {

WallTime at(std::int64_t second, std::int64_t ms = 0) {
    return WallTime(seconds(second)) + milliseconds(ms);
}

WirePurpose const extract("file-extract");

OpenIntent intent_of(std::string name, WallTime started_at) {
    return {IntentId("int-1"), std::move(name), 10, started_at};
}

ProviderFile listed(std::string name, std::uint64_t bytes, std::int64_t second,
                    std::string purpose = "") {
    return {.id = ProviderFileId("f"),
            .filename = std::move(name),
            .bytes = bytes,
            .purpose = std::move(purpose),
            .created_at = at(second)};
}

TEST(copy_match, tells_a_copy_by_name_size_purpose_and_time) {
    auto const intent = intent_of("report.pdf", at(100, 900));
    ProviderList const list{.read_at = at(200)};
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
        EXPECT_EQ(may_be_copy_of(intent, extract, row.file, list), row.expected) << row.what;
    auto timeless = listed("report.pdf", 10, 101);
    timeless.created_at.reset();
    EXPECT_FALSE(may_be_copy_of(intent, extract, timeless, list));
}

TEST(copy_match, a_name_without_ending_is_numbered_at_its_end) {
    auto const intent = intent_of("README", at(100));
    ProviderList const list{.read_at = at(200)};
    EXPECT_TRUE(may_be_copy_of(intent, extract, listed("README (1)", 10, 101), list));
    EXPECT_FALSE(may_be_copy_of(intent, extract, listed("README (1)x", 10, 101), list));
}

TEST(copy_match, a_providers_clock_that_is_an_hour_slow_is_seen_through) {
    auto const intent = intent_of("a.pdf", at(10'000));
    auto const file = listed("a.pdf", 10, 10'001 - 3600);
    EXPECT_FALSE(may_be_copy_of(intent, extract, file, {.read_at = at(10'010)}));
    EXPECT_TRUE(may_be_copy_of(intent, extract, file,
                               {.read_at = at(10'010), .provider_now = at(10'010 - 3600)}));
    auto const older = listed("a.pdf", 10, 9'990 - 3600);
    EXPECT_FALSE(may_be_copy_of(intent, extract, older,
                                {.read_at = at(10'010), .provider_now = at(10'010 - 3600)}));
}

TEST(copy_match, a_provider_that_is_ahead_does_not_make_older_files_match) {
    auto const intent = intent_of("a.pdf", at(10'000));
    auto const older = listed("a.pdf", 10, 9'000 + 3600);
    EXPECT_FALSE(may_be_copy_of(intent, extract, older,
                                {.read_at = at(10'010), .provider_now = at(10'010 + 3600)}));
}

TEST(copy_match, a_file_of_that_name_made_long_after_is_another) {
    auto const intent = intent_of("a.pdf", at(10'000));
    ProviderList const list{.read_at = at(100'000)};
    EXPECT_TRUE(may_be_copy_of(intent, extract, listed("a.pdf", 10, 13'600), list));
    EXPECT_FALSE(may_be_copy_of(intent, extract, listed("a.pdf", 10, 13'601), list));
}

TEST(copy_match, names_may_be_equal_up_to_a_providers_number_either_way) {
    EXPECT_TRUE(names_may_be_equal("a.pdf", "a.pdf"));
    EXPECT_TRUE(names_may_be_equal("a.pdf", "a (3).pdf"));
    EXPECT_TRUE(names_may_be_equal("a (3).pdf", "a.pdf"));
    EXPECT_FALSE(names_may_be_equal("a (3).pdf", "b.pdf"));
    EXPECT_FALSE(names_may_be_equal("", "a"));
}

}  // namespace
}  // namespace filegate::delivery
