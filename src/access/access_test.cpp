#include "access/access.hpp"

#include <gtest/gtest.h>

#include "access/access_fakes.hpp"
#include "base/sim_loop.hpp"

namespace filegate::access {
namespace {

TEST(access, without_authentication_everybody_is_local) {
    Access const access({});
    EXPECT_EQ(access.authenticate(std::nullopt)->id().text(), "local");
    EXPECT_EQ(access.authenticate("Bearer sk-whatever")->id().text(), "local");
}

TEST(access, only_local_is_an_admin) {
    EXPECT_TRUE(Access({}).authenticate(std::nullopt)->is_admin());
    for (auto const* const name : {"somebody", "", "Local", "local "})
        EXPECT_FALSE(PrincipalFake::named(name).is_admin()) << name;
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
    auto const caller = access.authenticate(std::nullopt);
    EXPECT_EQ(loop.run_task(access.admit(*caller, {}))->bytes_max(), 1234U);
}

}  // namespace
}  // namespace filegate::access
