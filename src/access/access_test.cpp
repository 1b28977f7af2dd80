#include "access/access.hpp"

#include <gtest/gtest.h>

#include "access/access_fakes.hpp"
#include "base/sim_loop.hpp"

namespace filegate::access {
namespace {

TEST(access, without_authentication_everybody_is_local_and_may_do_everything) {
    SimLoop loop;
    Access access({});
    for (auto const& sent :
         {std::optional<std::string>(), std::optional<std::string>("Bearer sk-whatever")}) {
        auto const caller = loop.run_task(access.authenticate({.authorization = sent}));
        EXPECT_EQ(caller->id().text(), "local");
        EXPECT_TRUE(caller->is_admin());
    }
}

TEST(access, a_missing_scope_is_named_beside_those_that_are_there) {
    auto const reader = PrincipalFake::named("reader", {Scope::files_read});
    EXPECT_TRUE(Access::check_scope(reader, Scope::files_read).has_value());
    auto const refused = Access::check_scope(reader, Scope::files_write);
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    EXPECT_NE(refused.error().message.find("files:write"), std::string::npos);
    EXPECT_NE(refused.error().message.find("files:read"), std::string::npos);
}

TEST(access, admin_may_do_everything_and_nobody_else_is_admin) {
    EXPECT_TRUE(PrincipalFake::named("root", {Scope::admin}).may(Scope::files_write));
    EXPECT_FALSE(PrincipalFake::named("local").is_admin());
}

TEST(access, refuses_before_the_body_only_what_is_certainly_wrong) {
    struct Case {
        DeclaredSize declared;
        std::optional<ErrorCode> refusal;
    };
    std::vector<Case> const cases{
        {{.at_least = 99, .at_most = 99}, std::nullopt},
        {{.at_least = 100, .at_most = 100}, std::nullopt},
        {{.at_least = 101, .at_most = 101}, ErrorCode::file_too_large},
        {{.at_least = 50, .at_most = 5000}, std::nullopt},  // a form: the file may still fit
        {{.at_least = 101, .at_most = 5000}, ErrorCode::file_too_large},
        {{}, std::nullopt},  // chunked: unknown
        {{.at_most = 0}, ErrorCode::validation_failed},
    };
    for (auto const& [declared, expected] : cases) {
        auto const refusal = size_refusal(100, declared);
        EXPECT_EQ(refusal.transform([](Error const& e) { return e.code; }), expected);
    }
}

TEST(access, a_refusal_names_the_limit_and_what_was_seen) {
    auto const refusal = size_refusal(100, {.at_least = 101, .at_most = 101});
    EXPECT_NE(refusal->message.find("101"), std::string::npos);
    EXPECT_NE(refusal->message.find("100"), std::string::npos);
}

TEST(access, a_grant_carries_the_limit_in_force) {
    SimLoop loop;
    Access access({.file_bytes_max = 1234});
    auto const caller = PrincipalFake::local();
    EXPECT_EQ(loop.run_task(access.admit(caller, {}))->bytes_max(), 1234U);
}

}  // namespace
}  // namespace filegate::access
