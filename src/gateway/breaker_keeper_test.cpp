#include "gateway/breaker_keeper.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "catalog/memory_catalog.hpp"
#include "coordination/memory_breakers.hpp"

namespace filegate::gateway {
namespace {

using coordination::BreakerPhase;

Task<Done> fail_times(coordination::Breakers& breakers, coordination::BreakerKey key, int times) {
    for (int i = 0; i < times; ++i) {
        auto permit = co_await breakers.enter(key);
        co_await permit.value().failed("HTTP 503");
    }
    co_return Done();
}

class breaker_keeper : public testing::Test {
protected:
    coordination::BreakerKey const key_{ProviderName("glm"), "native"};
    SimLoop loop_;
    std::unique_ptr<catalog::Catalog> catalog_ = catalog::make_memory_catalog();
    BreakerKeeper keeper_{*catalog_, loop_, observe::silent_log()};
};

TEST_F(breaker_keeper, an_open_breaker_is_still_open_after_a_restart) {
    coordination::MemoryBreakers before({}, loop_, &keeper_);
    loop_.run_task(fail_times(before, key_, 5));
    coordination::MemoryBreakers after({}, loop_, &keeper_);
    after.restore(loop_.run_task(keeper_.kept()).value());
    auto const view = after.view(key_);
    EXPECT_EQ(view.phase, BreakerPhase::open);
    EXPECT_FALSE(view.is_passable);
    EXPECT_EQ(view.wait, seconds(60));
    EXPECT_NE(view.reason.find("HTTP 503"), std::string::npos);
}

TEST_F(breaker_keeper, a_change_of_phase_is_an_event_unless_an_operator_made_it) {
    coordination::MemoryBreakers breakers({}, loop_, &keeper_);
    loop_.run_task(fail_times(breakers, key_, 5));
    ASSERT_TRUE(loop_.run_task(breakers.force(key_, BreakerPhase::closed, PrincipalId("ann"))));
    auto const events = loop_.run_task(catalog_->events(10)).value();
    ASSERT_EQ(events.size(), 1);
    EXPECT_EQ(events[0].action, "breaker.open");
    EXPECT_TRUE(events[0].principal.is_empty());
    EXPECT_EQ(events[0].subject, "glm/native");
    EXPECT_EQ(loop_.run_task(catalog_->breakers()).value().front().phase, "closed") << "but kept";
}

TEST_F(breaker_keeper, good_probes_are_kept_but_are_no_events) {
    coordination::MemoryBreakers breakers({}, loop_, &keeper_);
    loop_.run_task(fail_times(breakers, key_, 5));
    loop_.run(MonotonicTime(seconds(61)));
    auto permit = loop_.run_task(breakers.enter(key_)).value();
    struct Tell {
        static Task<Done> success(coordination::BreakerPermit& permit) {
            co_await permit.succeeded();
            co_return Done();
        }
    };
    loop_.run_task(Tell::success(permit));
    EXPECT_EQ(loop_.run_task(catalog_->breakers()).value().front().successes, 1);
    EXPECT_EQ(loop_.run_task(catalog_->events(10)).value().size(), 2);
}

}  // namespace
}  // namespace filegate::gateway
