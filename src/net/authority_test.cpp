#include "net/authority.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

TEST(authority, reads_hosts_and_ports) {
    struct Row {
        char const* text;
        char const* host;
        std::optional<std::uint16_t> port;
    };
    for (auto const& row :
         {Row{"gateway.example", "gateway.example", {}},
          Row{"Gateway.EXAMPLE:8443", "gateway.example", 8443},
          Row{"gateway.example.", "gateway.example", {}}, Row{"127.0.0.1:0", "127.0.0.1", 0},
          Row{"[::1]", "::1", {}}, Row{"[0:0:0:0:0:0:0:1]:65535", "::1", 65535},
          Row{"[2001:DB8::1]:80", "2001:db8::1", 80}, Row{"under_score", "under_score", {}},
          Row{"h:00080", "h", 80}}) {
        auto const read = parse_authority(row.text);
        ASSERT_TRUE(read) << row.text;
        EXPECT_EQ(read->host, row.host);
        EXPECT_EQ(read->port, row.port) << row.text;
    }
}

TEST(authority, refuses_what_could_be_read_in_two_ways) {
    for (std::string const& text : {std::string(),
                                    std::string(":80"),
                                    std::string("h:"),
                                    std::string("h:65536"),
                                    std::string("h:80:80"),
                                    std::string("h:+80"),
                                    std::string("h: 80"),
                                    std::string("h:000080"),
                                    std::string("h "),
                                    std::string(" h"),
                                    std::string("u@h"),
                                    std::string("h/x"),
                                    std::string("h?x"),
                                    std::string("h#x"),
                                    std::string("h\\x"),
                                    std::string("h%2ex"),
                                    std::string("::1"),
                                    std::string("[::1"),
                                    std::string("[::1]x"),
                                    std::string("[::1]:"),
                                    std::string("[]"),
                                    std::string("[127.0.0.1]"),
                                    std::string("[::1%lo]"),
                                    std::string("[h]"),
                                    std::string("."),
                                    std::string(".h"),
                                    std::string("h..x"),
                                    std::string("h.."),
                                    std::string("[::1\0x]", 7),
                                    std::string("l\xc3\xb6we"),
                                    std::string("h\0x", 3),
                                    std::string("h,g"),
                                    std::string(254, 'h')}) {
        EXPECT_FALSE(parse_authority(text)) << text;
    }
    EXPECT_TRUE(parse_authority(std::string(253, 'h')));
}

TEST(origin, is_a_scheme_and_an_authority_and_nothing_else) {
    auto const origin = parse_origin("HTTPS://App.example:8443");
    ASSERT_TRUE(origin);
    EXPECT_TRUE(origin->is_https);
    EXPECT_EQ(origin->authority, (Authority{"app.example", 8443}));
    EXPECT_EQ(port_of(*origin), 8443);
    EXPECT_EQ(port_of(*parse_origin("https://a")), 443);
    EXPECT_EQ(port_of(*parse_origin("http://a")), 80);
    for (auto const* const text :
         {"", "null", "*", "https://", "https:/a", "a", "file://a", "https://a/", "https://a b",
          "https://u@a", "https://a https://b", "javascript://a", "https//a", " https://a"}) {
        EXPECT_FALSE(parse_origin(text)) << text;
    }
}

TEST(loopback, is_not_what_only_begins_like_it) {
    for (std::string const& host : {std::string("127.0.0.1\0.evil", 15), std::string("::1\0x", 5),
                                    std::string("localhost\0", 10)})
        EXPECT_FALSE(is_loopback(host));
}

TEST(loopback, is_this_machine_and_nothing_that_sounds_like_it) {
    for (auto const* const host : {"localhost", "127.0.0.1", "127.255.255.255", "::1"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (auto const* const host :
         {"", "localhost.evil.example", "evil-localhost", "127.0.0.1.evil.example", "127.1",
          "0.0.0.0", "128.0.0.1", "2130706433", "0x7f.0.0.1", "::", "::ffff:127.0.0.1", "[::1]",
          "Localhost"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

}  // namespace
}  // namespace filegate::net
