#include "gateway/queue_policy.hpp"

#include <gtest/gtest.h>

namespace filegate::gateway {
namespace {

WallTime at(std::int64_t second) {
    return WallTime(seconds(second));
}

catalog::QueuedDelivery queued(std::vector<std::string> const& providers = {}) {
    catalog::QueuedDelivery delivery{.id = DeliveryId("dlv-1"),
                                     .file = FileId("file-1"),
                                     .queued_at = at(0),
                                     .deadline = at(86'400)};
    for (auto const& name : providers)
        delivery.providers.emplace_back(name);
    return delivery;
}

delivery::Outcome placed(std::string name) {
    return {ProviderName(std::move(name)), std::nullopt};
}

delivery::Outcome failed(std::string name, ErrorCode code, std::optional<int> retry_after_s = {}) {
    return {ProviderName(std::move(name)),
            Error{.code = code, .message = "no", .retry_after_s = retry_after_s}};
}

class queue_policy : public testing::Test {
protected:
    QueueStep step(catalog::QueuedDelivery tried, std::vector<delivery::Outcome> outcomes,
                   WallTime now = at(100)) {
        return after_try({}, std::move(tried), Result<std::vector<delivery::Outcome>>(outcomes),
                         now, random_);
    }
    SeededRandom random_{1};
};

TEST_F(queue_policy, what_is_placed_is_over) {
    auto const auto_placed = step(queued(), {placed("kimi")});
    EXPECT_FALSE(auto_placed.again);
    EXPECT_FALSE(auto_placed.failure);
    EXPECT_FALSE(step(queued({"kimi", "glm"}), {placed("kimi"), placed("glm")}).again);
}

TEST_F(queue_policy, only_those_that_have_not_got_it_are_asked_again) {
    auto const next = step(queued({"kimi", "glm", "openai"}),
                           {placed("kimi"), failed("glm", ErrorCode::circuit_breaker_open),
                            failed("openai", ErrorCode::provider_refused_file)});
    ASSERT_TRUE(next.again);
    EXPECT_EQ(next.again->providers, std::vector{ProviderName("glm")});
    EXPECT_EQ(next.again->tries, 1);
    EXPECT_EQ(next.again->last_error, "no");
}

TEST_F(queue_policy, what_is_wrong_with_the_file_is_not_tried_again) {
    for (auto const code : {ErrorCode::provider_refused_file, ErrorCode::invalid_purpose,
                            ErrorCode::file_too_large, ErrorCode::invalid_file_type}) {
        auto const next = step(queued(), {failed("kimi", code)});
        EXPECT_FALSE(next.again) << static_cast<int>(code);
        EXPECT_EQ(next.failure->code, code);
    }
}

TEST_F(queue_policy, what_may_pass_is_tried_again_even_our_own_trouble) {
    for (auto const code :
         {ErrorCode::provider_unavailable, ErrorCode::all_providers_unavailable,
          ErrorCode::provider_error, ErrorCode::upload_failed, ErrorCode::delivery_timeout,
          ErrorCode::lock_timeout, ErrorCode::database_error, ErrorCode::storage_error}) {
        EXPECT_TRUE(step(queued(), {failed("kimi", code)}).again) << static_cast<int>(code);
    }
    auto const whole =
        after_try({}, queued({"kimi"}), fail(ErrorCode::database_error, "the catalog is away"),
                  at(100), random_);
    ASSERT_TRUE(whole.again);
    EXPECT_EQ(whole.again->providers, std::vector{ProviderName("kimi")}) << "nobody was asked";
}

TEST_F(queue_policy, waits_grow_with_full_jitter_up_to_the_longest) {
    for (int tries = 0; tries < 20; ++tries) {
        auto tried = queued();
        tried.tries = tries;
        auto const ceiling = std::min<std::int64_t>(5'000LL << std::min(tries, 20), 600'000);
        milliseconds most{0};
        for (int i = 0; i < 200; ++i) {
            auto const next = step(tried, {failed("kimi", ErrorCode::upload_failed)});
            auto const wait = next.again->next_try_at - at(100);
            EXPECT_GE(wait.count(), 0);
            EXPECT_LE(wait.count(), ceiling);
            most = std::max(most, wait);
        }
        EXPECT_GT(most.count(), ceiling / 2) << "the whole of the interval is used";
    }
}

TEST_F(queue_policy, a_provider_that_says_when_is_not_asked_before) {
    auto const next = step(queued(), {failed("kimi", ErrorCode::circuit_breaker_open, 240)});
    EXPECT_GE(next.again->next_try_at, at(340));
}

TEST_F(queue_policy, a_long_retry_after_of_one_neither_ends_it_nor_delays_the_other) {
    auto const alone = step(queued({"kimi"}), {failed("kimi", ErrorCode::upload_failed, 86'400)});
    ASSERT_TRUE(alone.again);
    EXPECT_EQ(alone.again->next_try_at, at(700)) << "no longer than the longest wait";
    auto const both =
        step(queued({"kimi", "glm"}), {failed("kimi", ErrorCode::upload_failed, 86'400),
                                       failed("glm", ErrorCode::upload_failed)});
    EXPECT_LE(both.again->next_try_at, at(105));
}

TEST_F(queue_policy, the_deadline_ends_it_with_the_last_reason) {
    auto tried = queued();
    tried.deadline = at(100);
    auto const next = step(tried, {failed("kimi", ErrorCode::upload_failed)});
    EXPECT_FALSE(next.again);
    ASSERT_TRUE(next.failure);
    EXPECT_EQ(next.failure->code, ErrorCode::upload_failed);
}

}  // namespace
}  // namespace filegate::gateway
