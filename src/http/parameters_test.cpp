#include "http/parameters.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

net::Query query(std::string_view text) {
    return *net::Query::parse(text);
}

TEST(parameters, a_limit_is_a_number_within_its_bounds) {
    EXPECT_EQ(limit_parameter(query(""), 7, 10), 7U);
    EXPECT_EQ(limit_parameter(query("limit=1"), 7, 10), 1U);
    EXPECT_EQ(limit_parameter(query("limit=10"), 7, 10), 10U);
    for (auto const* const text : {"limit=0", "limit=11", "limit=-1", "limit=", "limit=1x",
                                   "limit=+1", "limit=99999999999999999999999"}) {
        auto const limit = limit_parameter(query(text), 7, 10);
        ASSERT_FALSE(limit) << text;
        EXPECT_EQ(limit.error().param, "limit");
        EXPECT_EQ(limit.error().code, ErrorCode::validation_failed);
    }
}

TEST(parameters, a_flag_is_true_or_false_and_false_when_left_out) {
    EXPECT_EQ(flag_parameter(query("dry_run=true"), "dry_run"), true);
    EXPECT_EQ(flag_parameter(query("dry_run=false"), "dry_run"), false);
    EXPECT_EQ(flag_parameter(query(""), "dry_run"), false);
    for (auto const* const text : {"dry_run=1", "dry_run=", "dry_run=TRUE", "dry_run=yes"})
        EXPECT_FALSE(flag_parameter(query(text), "dry_run")) << text;
}

TEST(parameters, a_misspelt_parameter_is_refused) {
    EXPECT_TRUE(check_parameter_names(query("dry_run=true"), {"dry_run"}));
    EXPECT_TRUE(check_parameter_names(query(""), {"dry_run"}));
    auto const refused = check_parameter_names(query("dryrun=true"), {"dry_run", "limit"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().param, "dryrun");
    EXPECT_NE(refused.error().message.find("dry_run, limit"), std::string::npos);
}

}  // namespace
}  // namespace filegate::http
