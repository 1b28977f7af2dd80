#include "http/challenge.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

std::string challenge(ErrorCode code, net::Headers headers, std::optional<access::Scope> needed) {
    net::ServerRequest const request{.method = "GET", .headers = std::move(headers)};
    net::ServerResponse refusal;
    add_challenge(refusal, {.code = code}, request, {.needed = needed});
    return std::string(refusal.headers.find("WWW-Authenticate").value_or("none"));
}

TEST(challenge, says_what_is_needed_and_where_to_read_about_it) {
    net::Headers const host{{"Host", "files.example.com"}};
    EXPECT_EQ(challenge(ErrorCode::unauthorized, host, access::Scope::files_read),
              R"(Bearer resource_metadata="https://files.example.com/.well-known/)"
              R"(oauth-protected-resource", scope="files:read")");
    EXPECT_EQ(challenge(ErrorCode::permission_denied, host, access::Scope::admin),
              R"(Bearer resource_metadata="https://files.example.com/.well-known/)"
              R"(oauth-protected-resource", scope="admin", error="insufficient_scope")");
}

TEST(challenge, tells_a_wrong_token_from_none) {
    net::Headers const sent{{"Host", "localhost:1"}, {"Authorization", "Bearer x"}};
    for (auto const code : {ErrorCode::invalid_token, ErrorCode::token_expired}) {
        EXPECT_EQ(challenge(code, sent, std::nullopt),
                  R"(Bearer resource_metadata="http://localhost:1/.well-known/)"
                  R"(oauth-protected-resource", error="invalid_token")");
    }
}

TEST(challenge, a_host_that_is_none_does_not_get_into_it) {
    for (auto const* const host : {"", "a b", "a\"b", "a,b", "a/b", "a\\b", "a@b", "a%0d"}) {
        EXPECT_EQ(challenge(ErrorCode::unauthorized, {{"Host", host}}, access::Scope::files_read),
                  R"(Bearer scope="files:read")")
            << host;
    }
    EXPECT_EQ(challenge(ErrorCode::unauthorized, {}, std::nullopt), "Bearer");
    EXPECT_EQ(challenge(ErrorCode::unauthorized, {{"Host", std::string(301, 'a')}}, std::nullopt),
              "Bearer");
}

TEST(challenge, other_refusals_have_none) {
    net::Headers const host{{"Host", "h"}};
    for (auto const code : {ErrorCode::file_not_found, ErrorCode::quota_exceeded,
                            ErrorCode::validation_failed, ErrorCode::overloaded}) {
        EXPECT_EQ(challenge(code, host, access::Scope::files_read), "none");
    }
    EXPECT_EQ(challenge(ErrorCode::permission_denied, host, std::nullopt), "none")
        << "of a route that needs nothing";
}

TEST(challenge, this_machine_is_spoken_to_without_tls) {
    struct Case {
        char const* host;
        char const* url;
    };
    for (auto const& [host, url] :
         {Case{"127.0.0.1:8787", "http://127.0.0.1:8787"}, Case{"[::1]:8787", "http://[::1]:8787"},
          Case{"localhost", "http://localhost"},
          Case{"192.168.1.5:8787", "https://192.168.1.5:8787"}}) {
        net::ServerRequest const request{.headers = {{"Host", host}}};
        EXPECT_EQ(base_url(request, false), url);
        EXPECT_EQ(base_url(request, true), std::string("https://") + host);
    }
}

}  // namespace
}  // namespace filegate::http
