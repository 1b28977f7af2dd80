#include "config/address.hpp"

#include <gtest/gtest.h>

namespace filegate::config {
namespace {

TEST(address, host_and_port_are_read) {
    for (auto const& [text, host, port] :
         std::initializer_list<std::tuple<char const*, char const*, int>>{
             {"127.0.0.1:8787", "127.0.0.1", 8787},
             {"localhost:0", "localhost", 0},
             {"[::1]:65535", "::1", 65'535},
         }) {
        auto const address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->host, host);
        EXPECT_EQ(address->port, port);
    }
}

TEST(address, other_texts_are_refused) {
    for (auto const* const text :
         {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
          "127.0.0.1:80x", "127.0.0.1: 80", "[::1]", "::1:80", "a b:80", "http://x:80", "[]:80"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

TEST(address, loopback_is_what_only_this_machine_reaches) {
    for (auto const* const host : {"127.0.0.1", "127.255.255.254", "::1", "localhost"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (auto const* const host :
         {"0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "127.0.0.1.example.com", "example.com",
          "localhost.example.com", "", "127.1", "::ffff:127.0.0.1"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(address, a_url_has_an_address) {
    auto const address = url_address("https://api.moonshot.ai/v1");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->host, "api.moonshot.ai");
    EXPECT_EQ(address->port, 443);
    EXPECT_EQ(url_address("http://[::1]:8090/kimi/v1")->host, "::1");
    EXPECT_EQ(url_address("http://x")->port, 80);
    for (auto const* const url : {"", "ftp://x", "https://", "https:///v1", "x.com/v1",
                                  "https://key@host/v1", "https://a b/"}) {
        EXPECT_FALSE(url_address(url)) << url;
    }
}

}  // namespace
}  // namespace filegate::config
