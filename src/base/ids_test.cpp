#include "base/ids.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate {
namespace {

TEST(ids, have_the_documented_form) {
    SimLoop clock;
    SeededRandom random(1);
    IdSource ids(clock, random);
    auto const id = ids.file().text();
    EXPECT_EQ(id.size(), 31U);
    EXPECT_TRUE(is_file_id(id));
    EXPECT_TRUE(ids.request().text().starts_with("req-"));
}

TEST(ids, sort_in_the_order_they_were_made_even_when_the_clock_jumps_back) {
    SimLoop clock;
    SeededRandom random(7);
    IdSource ids(clock, random);
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        if (i % 100 == 0) clock.jump_wall(milliseconds(i % 200 == 0 ? 3 : -5));
        auto const id = ids.file().text();
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(ids, of_two_sources_do_not_collide) {
    SimLoop clock;
    SystemRandom random;
    IdSource one(clock, random);
    IdSource two(clock, random);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(seen.insert(one.file().text()).second);
        EXPECT_TRUE(seen.insert(two.file().text()).second);
    }
}

TEST(ids, of_another_form_are_recognised_without_asking_the_catalog) {
    for (std::string_view const text :
         {"", "file-", "file-123", "FILE-01h455vb4pex5vsknk084sn02q",
          "file-01h455vb4pex5vsknk084sn02", "file-01h455vb4pex5vsknk084sn02qq",
          "file-01h455vb4pex5vsknk084sn0u!", "file-01H455VB4PEX5VSKNK084SN02Q"}) {
        EXPECT_FALSE(is_file_id(text)) << text;
    }
    EXPECT_TRUE(is_file_id("file-01h455vb4pex5vsknk084sn02q"));
}

}  // namespace
}  // namespace filegate
