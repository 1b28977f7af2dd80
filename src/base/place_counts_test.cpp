#include "base/place_counts.hpp"

#include <gtest/gtest.h>

namespace filegate {
namespace {

TEST(place_counts, gives_each_client_its_places_and_no_more) {
    PlaceCounts counts;
    auto first = counts.take("192.0.2.1", 2);
    auto second = counts.take("192.0.2.1", 2);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(counts.take("192.0.2.1", 2));
    EXPECT_TRUE(counts.take("192.0.2.2", 2));
    first.reset();
    EXPECT_TRUE(counts.take("192.0.2.1", 2));
}

TEST(place_counts, forgets_who_has_left) {
    PlaceCounts counts;
    {
        auto place = counts.take("192.0.2.1", 2);
        auto moved = std::move(*place);
        auto other = counts.take("192.0.2.2", 2);
        EXPECT_EQ(counts.size(), 2U);
    }
    EXPECT_EQ(counts.size(), 0U);
}

TEST(place_counts, remembers_nobody_who_may_hold_none) {
    PlaceCounts counts;
    EXPECT_FALSE(counts.take("anybody", 0));
    EXPECT_EQ(counts.size(), 0U);
}

}  // namespace
}  // namespace filegate
