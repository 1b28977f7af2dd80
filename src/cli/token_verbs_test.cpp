// token revoke against a scripted server; issue, inspect and rotate are tests/e2e's.

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "cli/fake_http.hpp"

namespace filegate::cli {
namespace {

std::string part(std::string_view text) {
    return to_base64url(std::as_bytes(std::span(text)));
}

class TokenVerbs : public testing::Test {
protected:
    int revoke(TokenCommand command) {
        command.action = TokenCommand::Action::revoke;
        command.server.token = Secret("admin-token");
        return loop.run_task(revoke_token(std::move(command), tools));
    }

    SimLoop loop;
    FakeHttp http;
    WorkerPool workers{"test", 0};
    Captured captured;
    Console console = captured.console();
    ClientTools tools{.http = http, .workers = workers, .clock = loop, .console = console};
};

TEST_F(TokenVerbs, a_token_is_revoked_by_its_id_until_it_is_over_for_sure) {
    http.answer(200, R"({"revoked":true})");
    auto const token =
        part(R"({"alg":"RS256"})") + "." + part(R"({"sub":"a","jti":"j\"1","exp":1000})") + ".x";
    EXPECT_EQ(revoke({.token = token}), 0);
    EXPECT_EQ(http.requests[0].method, "POST");
    EXPECT_TRUE(http.requests[0].url.ends_with("/v1/admin/tokens/revoke"));
    EXPECT_EQ(http.requests[0].authorization, "Bearer admin-token");
    EXPECT_EQ(http.requests[0].body, R"({"jti":"j\"1","until":87400})");
}

TEST_F(TokenVerbs, an_id_or_a_subject_is_revoked_for_good) {
    http.answer(200, R"({"revoked":true})");
    http.answer(200, R"({"revoked":true})");
    EXPECT_EQ(revoke({.token_id = "j1"}), 0);
    EXPECT_EQ(revoke({.subject = "ann \"x\""}), 0);
    EXPECT_EQ(http.requests[0].body, R"({"jti":"j1"})");
    EXPECT_EQ(http.requests[1].body, R"({"sub":"ann \"x\""})");
}

TEST_F(TokenVerbs, a_token_without_an_id_is_not_sent_and_the_way_out_is_named) {
    auto const token = part("{}") + "." + part(R"({"sub":"ann","exp":1000})") + ".x";
    EXPECT_EQ(revoke({.token = token}), 10);
    EXPECT_NE(captured.err.find("--sub 'ann'"), std::string::npos);
    EXPECT_EQ(revoke({.token = "rubbish"}), 10);
    EXPECT_EQ(http.requests.size(), 0U);
}

TEST_F(TokenVerbs, a_refusal_is_shown_with_its_exit_code) {
    http.answer(403, error_json(2005, "this call needs the scope 'admin'"));
    EXPECT_EQ(revoke({.token_id = "j1"}), 20);
    EXPECT_NE(captured.err.find("needs the scope"), std::string::npos);
}

}  // namespace
}  // namespace filegate::cli
