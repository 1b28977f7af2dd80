#include "access/grace.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::access {
namespace {

TEST(grace, an_end_is_a_date_or_a_number_of_days_or_hours) {
    EXPECT_EQ(parse_grace_end("14d")->after, std::chrono::days(14));
    EXPECT_EQ(parse_grace_end("36h")->after, std::chrono::hours(36));
    EXPECT_EQ(parse_grace_end("0d")->after, milliseconds(0));
    EXPECT_EQ(parse_grace_end("2026-12-05")->at, parse_date("2026-12-05"));
    for (auto const* const text : {"", "14", "d", "-1d", "14 d", "14w", "1.5d", "4000d", "soon",
                                   "99999999999999999999d", "14days"}) {
        EXPECT_FALSE(parse_grace_end(text)) << text;
    }
}

TEST(grace, the_form_of_a_jwt_is_known) {
    EXPECT_TRUE(has_jwt_form("eyJhbGciOiJub25lIn0.e30."));
    EXPECT_FALSE(has_jwt_form("test-token-12345"));
    EXPECT_FALSE(has_jwt_form("some.dotted.token"));
    EXPECT_FALSE(has_jwt_form("eyJ"));
}

TEST(grace, an_end_that_was_never_fixed_takes_nothing) {
    SimLoop loop;
    Grace grace(Secret("shared token of old"), loop, observe::silent_log());
    EXPECT_TRUE(grace.is_shared_token("shared token of old"));
    EXPECT_EQ(grace.use("192.0.2.1").error().code, ErrorCode::token_expired);
}

}  // namespace
}  // namespace filegate::access
