#include "http/security_headers.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

TEST(security_headers, are_on_an_answer_that_says_nothing_itself) {
    net::Headers headers;
    add_security_headers(headers, HostCheck());
    EXPECT_EQ(headers.find("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(headers.find("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(headers.find("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(headers.find("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(headers.find("Cache-Control"), "no-store");
    EXPECT_EQ(headers.find("Strict-Transport-Security"), std::nullopt);
}

TEST(security_headers, leave_what_a_handler_has_said) {
    net::Headers headers{{"Cache-Control", "private, no-cache"}};
    add_security_headers(headers, HostCheck());
    add_security_headers(headers, HostCheck());
    EXPECT_EQ(headers.count("Cache-Control"), 1U);
    EXPECT_EQ(headers.count("Referrer-Policy"), 1U);
}

TEST(security_headers, promise_tls_only_over_tls) {
    net::Headers headers;
    add_security_headers(
        headers, HostCheck({}, HostCheck::Callers::authenticated, HostCheck::Scheme::https));
    EXPECT_EQ(headers.find("Strict-Transport-Security"), "max-age=31536000");
}

TEST(cors, names_one_reader_and_varies_by_it) {
    net::Headers headers;
    add_cors_headers(headers, "https://app.example");
    EXPECT_EQ(headers.find("Access-Control-Allow-Origin"), "https://app.example");
    EXPECT_EQ(headers.find("Vary"), "Origin");
    EXPECT_EQ(headers.find("Access-Control-Allow-Credentials"), std::nullopt);
}

TEST(cors, answers_a_preflight_with_what_was_asked_for) {
    net::ServerRequest request{.method = "OPTIONS",
                               .headers = {{"Origin", "https://app.example"},
                                           {"Access-Control-Request-Method", "PUT"},
                                           {"Access-Control-Request-Headers", "authorization"}},
                               .id = RequestId("r")};
    EXPECT_TRUE(is_preflight(request));
    auto const answer = preflight_answer(request);
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.headers.find("Access-Control-Allow-Headers"), "authorization");
    EXPECT_TRUE(answer.headers.find("Access-Control-Allow-Methods")->contains("PUT"));
    request.method = "GET";
    EXPECT_FALSE(is_preflight(request));
}

}  // namespace
}  // namespace filegate::http
