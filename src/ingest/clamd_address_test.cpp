#include "ingest/clamd_address.hpp"

#include <sys/un.h>

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

TEST(clamd_address, is_a_socket_or_an_address_in_figures_with_a_port) {
    struct Case {
        std::string_view given;
        std::string_view text;
    };
    for (auto const& [given, text] :
         {Case{"/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"}, Case{"unix:/x", "/x"},
          Case{"127.0.0.1:3310", "127.0.0.1:3310"}, Case{"localhost:1", "127.0.0.1:1"},
          Case{"[::1]:3310", "[::1]:3310"}, Case{"[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1"},
          Case{"10.0.0.1:65535", "10.0.0.1:65535"}}) {
        auto const address = parse_clamd_address(given);
        ASSERT_TRUE(address) << given;
        EXPECT_EQ(address->text(), text) << given;
        EXPECT_EQ(parse_clamd_address(address->text())->text(), text) << "read again, " << given;
    }
}

TEST(clamd_address, names_and_halves_of_addresses_are_refused) {
    for (auto const& text : {""s,
                             ":"s,
                             ":3310"s,
                             "clamav:3310"s,
                             "127.0.0.1"s,
                             "127.0.0.1:"s,
                             "127.0.0.1: 1"s,
                             "127.0.0.1:0"s,
                             "127.0.0.1:00000"s,
                             "127.0.0.1:65536"s,
                             "127.0.0.1:000001"s,
                             "127.0.0.1:+1"s,
                             "127.0.0.1:1x"s,
                             "127.1:3310"s,
                             "127.0.0.256:3310"s,
                             "::1:3310"s,
                             "[::1]"s,
                             "[::1:3310"s,
                             "::1]:3310"s,
                             "[]:3310"s,
                             "[::1]x:3310"s,
                             "[[::1]]:3310"s,
                             "[::1%lo]:3310"s,
                             "relative/path"s,
                             "unix:"s,
                             "unix:relative"s,
                             "unix:127.0.0.1:3310"s,
                             "UNIX:/x"s,
                             "127.0.0.1\0.evil:3310"s,
                             "/run/clamd\0.ctl"s}) {
        auto const address = parse_clamd_address(text);
        ASSERT_FALSE(address) << text << " as " << address->text();
        EXPECT_EQ(address.error().code, ErrorCode::configuration_error);
        EXPECT_TRUE(address.error().message.contains("/run/clamav/clamd.ctl")) << "says what is";
    }
}

TEST(clamd_address, a_path_fits_into_the_systems_address_with_its_closing_zero) {
    auto const longest = "/" + std::string(sizeof(sockaddr_un::sun_path) - 2, 'x');
    EXPECT_EQ(parse_clamd_address(longest)->path, longest);
    EXPECT_EQ(parse_clamd_address("unix:" + longest)->path, longest);
    EXPECT_FALSE(parse_clamd_address(longest + "x"));
}

}  // namespace
}  // namespace filegate::ingest
