#include "net/address_counts.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

TEST(address_counts, gives_each_address_its_places_and_no_more) {
    AddressCounts counts;
    auto first = counts.take("192.0.2.1", 2);
    auto second = counts.take("192.0.2.1", 2);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(counts.take("192.0.2.1", 2));
    EXPECT_TRUE(counts.take("192.0.2.2", 2));
    first.reset();
    EXPECT_TRUE(counts.take("192.0.2.1", 2));
}

TEST(address_counts, forgets_who_has_left) {
    AddressCounts counts;
    {
        auto place = counts.take("192.0.2.1", 2);
        auto moved = std::move(*place);
        auto other = counts.take("192.0.2.2", 2);
        EXPECT_EQ(counts.size(), 2U);
    }
    EXPECT_EQ(counts.size(), 0U);
}

TEST(address_counts, takes_a_network_of_ipv6_for_one_client) {
    EXPECT_EQ(address_group("2001:db8:1:2::1"), "2001:db8:1:2::/64");
    EXPECT_EQ(address_group("2001:db8:1:2:ffff:ffff:ffff:ffff"), "2001:db8:1:2::/64");
    EXPECT_NE(address_group("2001:db8:1:3::1"), address_group("2001:db8:1:2::1"));
    EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address_group("unknown"), "unknown");
}

}  // namespace
}  // namespace filegate::net
