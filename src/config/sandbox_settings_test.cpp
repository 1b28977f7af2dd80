#include "config/sandbox_settings.hpp"

#include <gtest/gtest.h>

namespace filegate::config {
namespace {

TEST(sandbox_settings, what_is_given_is_understood) {
    auto const settings =
        sandbox_settings({.listen = "[::1]:0",
                          .purposes = "original",
                          .faults = {"kimi:upload:status=503:rate=0.2", "*:*:latency:ms=250"},
                          .seed = 7});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->host, "::1");
    EXPECT_EQ(settings->port, 0);
    EXPECT_EQ(settings->options.purposes, sandbox::PurposeMode::original);
    ASSERT_EQ(settings->options.faults.size(), 2);
    EXPECT_EQ(settings->options.faults[0].status, 503);
    EXPECT_EQ(settings->options.seed, 7);
}

TEST(sandbox_settings, the_defaults_are_the_documented_ones) {
    auto const settings = sandbox_settings({});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->host, "127.0.0.1");
    EXPECT_EQ(settings->port, 8090);
    EXPECT_EQ(settings->options.purposes, sandbox::PurposeMode::documented);
}

TEST(sandbox_settings, what_cannot_work_is_refused) {
    EXPECT_FALSE(sandbox_settings({.listen = "8090"}));
    EXPECT_FALSE(sandbox_settings({.listen = "0.0.0.0:8090"}));
    EXPECT_FALSE(sandbox_settings({.purposes = "other"}));
    EXPECT_FALSE(sandbox_settings({.faults = {"kimi:upload"}}));
    EXPECT_FALSE(sandbox_settings({.faults = {"nobody:upload:lost_answer"}}));
}

}  // namespace
}  // namespace filegate::config
