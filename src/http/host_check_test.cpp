#include "http/host_check.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

using Callers = HostCheck::Callers;
using Scheme = HostCheck::Scheme;

net::ServerRequest request(std::string host, net::Headers headers = {},
                           std::string method = "GET") {
    return {.method = std::move(method),
            .path = "/v1/files",
            .host = std::move(host),
            .headers = std::move(headers),
            .id = RequestId("r")};
}

bool passes(HostCheck const& check, net::ServerRequest const& request) {
    auto const checked = check.check(request);
    if (!checked) EXPECT_EQ(checked.error().code, ErrorCode::host_refused);
    return checked.has_value();
}

TEST(host_check, answers_anybody_only_as_a_name_of_this_machine) {
    HostCheck const check;
    for (auto const* const host : {"localhost", "LOCALHOST:8787", "localhost.", "127.0.0.1",
                                   "127.8.9.10:1", "[::1]:8787", "[0:0::1]"}) {
        EXPECT_TRUE(passes(check, request(host))) << host;
    }
    for (auto const* const host :
         {"", "evil.example", "evil.example:8787", "localhost.evil.example",
          "127.0.0.1.evil.example", "0.0.0.0", "0.0.0.0:8787", "192.168.0.10", "[::]",
          "[::ffff:7f00:1]", "2130706433", "127.1", "localhost@evil.example", "localhost:8787:80",
          "localhost, evil.example"}) {
        EXPECT_FALSE(passes(check, request(host))) << host;
    }
}

TEST(host_check, says_whose_name_it_refuses_and_what_to_do) {
    auto const message = HostCheck().check(request("evil.example")).error().message;
    EXPECT_TRUE(message.contains("\"evil.example\"")) << message;
    EXPECT_TRUE(message.contains("server.allowed_hosts")) << message;
    EXPECT_LT(HostCheck().check(request(std::string(30'000, 'h'))).error().message.size(), 400U);
}

TEST(host_check, answers_to_allowed_names_too) {
    HostCheck const check({.allowed_hosts = {"Gateway.example", "two.example:8443"}},
                          Callers::anybody, Scheme::http);
    for (auto const* const host : {"gateway.example", "gateway.example:1", "GATEWAY.example.",
                                   "two.example:8443", "localhost"}) {
        EXPECT_TRUE(passes(check, request(host))) << host;
    }
    for (auto const* const host : {"two.example", "two.example:8444", "x.gateway.example"})
        EXPECT_FALSE(passes(check, request(host))) << host;
}

TEST(host_check, with_authentication_takes_any_name_until_some_are_configured) {
    HostCheck const open({}, Callers::authenticated, Scheme::http);
    for (auto const* const host : {"", "evil.example", "192.0.2.1:80", "not a host"})
        EXPECT_TRUE(passes(open, request(host))) << host;
    HostCheck const closed({.allowed_hosts = {"gateway.example"}}, Callers::authenticated,
                           Scheme::http);
    EXPECT_TRUE(passes(closed, request("gateway.example")));
    EXPECT_TRUE(passes(closed, request("127.0.0.1")));
    EXPECT_FALSE(passes(closed, request("evil.example")));
}

TEST(host_check, lets_only_its_own_and_allowed_pages_call) {
    HostCheck const check({.allowed_origins = {"https://app.example", "http://localhost:3000"}},
                          Callers::authenticated, Scheme::http);
    auto const from = [&](std::string host, std::string origin) {
        return passes(check, request(std::move(host), {{"Origin", std::move(origin)}}));
    };
    EXPECT_TRUE(from("gateway.example", "http://gateway.example"));
    EXPECT_TRUE(from("gateway.example", "https://gateway.example")) << "a proxy undid TLS";
    EXPECT_TRUE(from("gateway.example:80", "http://gateway.example"));
    EXPECT_TRUE(from("localhost:8787", "http://localhost:8787"));
    EXPECT_TRUE(from("any", "https://app.example"));
    EXPECT_TRUE(from("any", "https://APP.example:443"));
    EXPECT_TRUE(from("any", "http://localhost:3000"));
    for (auto const* const origin :
         {"null", "", "*", "http://app.example", "https://app.example:444",
          "https://app.example.evil", "https://evilapp.example", "http://localhost:3001",
          "https://app.example/", "https://app.example, https://evil.example",
          "http://gateway.example"}) {
        EXPECT_FALSE(from("localhost:8787", origin)) << origin;
    }
    EXPECT_FALSE(from("gateway.example:8787", "http://gateway.example:9000"));
    EXPECT_FALSE(passes(check, request("any", {{"Origin", "https://app.example"},
                                               {"Origin", "https://evil.example"}})));
}

TEST(host_check, over_tls_takes_no_page_that_came_in_clear) {
    HostCheck const check({}, Callers::authenticated, Scheme::https);
    EXPECT_TRUE(passes(check, request("g.example", {{"Origin", "https://g.example"}})));
    EXPECT_FALSE(passes(check, request("g.example", {{"Origin", "http://g.example"}})));
}

TEST(host_check, lets_no_foreign_page_change_anything_without_an_origin) {
    HostCheck const check;
    for (auto const* const method : {"POST", "PUT", "DELETE", "PATCH"}) {
        EXPECT_FALSE(
            passes(check, request("localhost", {{"Sec-Fetch-Site", "cross-site"}}, method)))
            << method;
        EXPECT_TRUE(
            passes(check, request("localhost", {{"Sec-Fetch-Site", "same-origin"}}, method)));
        EXPECT_TRUE(passes(check, request("localhost", {{"Sec-Fetch-Site", "none"}}, method)));
        EXPECT_TRUE(passes(check, request("localhost", {}, method)));
    }
    EXPECT_TRUE(passes(check, request("localhost", {{"Sec-Fetch-Site", "cross-site"}})));
}

TEST(host_check, names_the_page_that_may_read_an_answer) {
    HostCheck const check({.allowed_origins = {"https://app.example"}}, Callers::anybody,
                          Scheme::http);
    auto const reader = [&](std::string origin) {
        return check.readable_by(request("localhost", {{"Origin", std::move(origin)}}));
    };
    EXPECT_EQ(reader("https://app.example"), "https://app.example");
    EXPECT_EQ(reader("https://evil.example"), std::nullopt);
    EXPECT_EQ(reader("null"), std::nullopt);
    EXPECT_EQ(check.readable_by(request("localhost")), std::nullopt);
}

TEST(host_options, tell_what_is_wrong_with_an_entry) {
    EXPECT_FALSE(why_no_host("gateway.example:8443"));
    EXPECT_TRUE(why_no_host("https://gateway.example"));
    EXPECT_TRUE(why_no_host("*"));
    EXPECT_FALSE(why_no_origin("https://app.example"));
    EXPECT_TRUE(why_no_origin("*"));
    EXPECT_TRUE(why_no_origin("app.example"));
}

}  // namespace
}  // namespace filegate::http
