#include "net/client_group.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

TEST(client_group, takes_a_network_of_ipv6_for_one_client) {
    EXPECT_EQ(client_group("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
    EXPECT_EQ(client_group("2001:db8:1:2:ffff:ffff:ffff:ffff"), "2001:db8:1:2::/64");
    EXPECT_EQ(client_group("2001:0DB8::1"), "2001:db8::/64");
    EXPECT_NE(client_group("2001:db8:1:3::1"), client_group("2001:db8:1:2::1"));
}

TEST(client_group, tells_addresses_of_ipv4_apart_also_where_they_come_as_ipv6) {
    EXPECT_EQ(client_group("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(client_group("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_NE(client_group("::ffff:192.0.2.1"), client_group("::ffff:192.0.2.2"));
}

TEST(client_group, leaves_alone_what_is_no_address) {
    EXPECT_EQ(client_group("no address"), "no address");
    EXPECT_EQ(client_group(""), "");
}

}  // namespace
}  // namespace filegate::net
