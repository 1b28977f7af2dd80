#include "coordination/memory_breakers.hpp"

#include <latch>
#include <set>
#include <thread>

#include "base/deadline.hpp"
#include "coordination/breakers_conformance.hpp"

namespace filegate::coordination {
namespace {

class MemoryUnderTest final : public BreakersUnderTest {
public:
    MemoryUnderTest(SimLoop& loop, BreakerJournal& journal) : breakers_({}, loop, &journal) {}
    Breakers& breakers() override { return breakers_; }

private:
    MemoryBreakers breakers_;
};

INSTANTIATE_TEST_SUITE_P(memory, BreakersConformance,
                         ::testing::Values(BreakersKind{
                             "memory", [](SimLoop& loop, BreakerJournal& journal) {
                                 return std::make_unique<MemoryUnderTest>(loop, journal);
                             }}));

BreakerKey const glm{ProviderName("glm"), "native"};

Task<Done> fail_times(Breakers& breakers, int times) {
    for (int i = 0; i < times; ++i) {
        auto permit = co_await breakers.enter(glm);
        if (permit) co_await permit->failed("HTTP 503");
    }
    co_return Done();
}

std::string seen(Breakers const& breakers, Clock const& clock) {
    auto const view = breakers.view(glm);
    auto text = fmt::format("{}, wait {}", name_of(view.phase), view.wait.count());
    if (view.retry_at) {
        auto const in = std::chrono::ceil<seconds>(*view.retry_at - clock.wall_now());
        text += fmt::format(", in {} s", in.count());
    }
    return text + (view.is_passable ? ", passable" : "");
}

// ---- restoring
// -----------------------------------------------------------------------------------

// One that was opened for two minutes a minute ago.
BreakerView kept(BreakerPhase phase, WallTime now) {
    return {.key = glm,
            .phase = phase,
            .successes = 1,
            .wait = seconds(120),
            .retry_at = now + seconds(60),
            .changed_at = now - seconds(60),
            .reason = "5 failures in a row; HTTP 503"};
}

std::string seen_after_restoring(BreakerView view, BreakerOptions options = {}) {
    SimLoop loop;
    loop.run(MonotonicTime(seconds(5)));
    MemoryBreakers breakers(options, loop, nullptr);
    breakers.restore({std::move(view)});
    return seen(breakers, loop);
}

TEST(memory_breakers, come_back_after_a_restart_as_they_were_kept) {
    auto const now = SimLoop().wall_now() + seconds(5);
    EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::open, now)), "open, wait 120, in 60 s");
    EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::closed, now)), "closed, wait 0, passable");
    EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::half_open, now)),
              "open, wait 120, in 0 s, passable");
}

TEST(memory_breakers, never_wait_longer_than_before_however_the_clock_jumped) {
    auto const now = SimLoop().wall_now() + seconds(5);
    for (auto const back :
         {seconds(3600), std::chrono::duration_cast<seconds>(std::chrono::years(100))}) {
        EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::open, now + back)),
                  "open, wait 120, in 120 s");
        auto const forward = seen_after_restoring(kept(BreakerPhase::open, now - back));
        EXPECT_EQ(forward, "open, wait 120, in 0 s, passable");
    }
}

TEST(memory_breakers, take_any_record_without_harm) {
    auto const now = SimLoop().wall_now() + seconds(5);
    auto view = kept(BreakerPhase::open, now);
    view.retry_at = WallTime::max();
    EXPECT_EQ(seen_after_restoring(view), "open, wait 120, in 120 s");
    view.wait = seconds::max();
    EXPECT_EQ(seen_after_restoring(view), "open, wait 300, in 300 s");
    view.wait = seconds::min();
    EXPECT_EQ(seen_after_restoring(view), "open, wait 0, in 0 s, passable");
    view = kept(BreakerPhase::open, now);
    view.retry_at = WallTime::min();
    EXPECT_EQ(seen_after_restoring(view), "open, wait 120, in 0 s, passable");
    view.retry_at.reset();
    EXPECT_EQ(seen_after_restoring(view), "open, wait 120, in 0 s, passable");
    EXPECT_EQ(seen_after_restoring(kept(static_cast<BreakerPhase>(77), now)),
              "closed, wait 0, passable");
    EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::open, now), {.wait_max = seconds(30)}),
              "open, wait 30, in 30 s")
        << "the bound of today's configuration";
    EXPECT_EQ(seen_after_restoring(kept(BreakerPhase::open, now), {.is_enabled = false}),
              "closed, wait 0, passable");
}

TEST(memory_breakers, go_on_after_a_restart_where_they_were) {
    SimLoop loop;
    RememberingJournal journal;
    MemoryBreakers breakers({}, loop, &journal);
    auto const before = kept(BreakerPhase::open, loop.wall_now());
    breakers.restore({before});
    EXPECT_EQ(breakers.view(glm).reason, before.reason);
    EXPECT_EQ(breakers.view(glm).changed_at, before.changed_at);
    EXPECT_EQ(breakers.all().size(), 1U);
    EXPECT_EQ(journal.size(), 0U) << "nothing has changed";
    EXPECT_FALSE(loop.run_task(breakers.enter(glm)));
    loop.run(loop.monotonic_now() + seconds(60));
    loop.run_task(fail_times(breakers, 1));
    EXPECT_EQ(seen(breakers, loop), "open, wait 240, in 240 s");
    EXPECT_EQ(journal.told(), (std::vector<std::string>{"open->half-open", "half-open->open"}));
    EXPECT_EQ(journal.last().now.retry_at, breakers.view(glm).retry_at);
}

// ---- without a journal, and switched off
// ---------------------------------------------------------

TEST(memory_breakers, work_without_a_journal) {
    SimLoop loop;
    MemoryBreakers breakers({}, loop, nullptr);
    loop.run_task(fail_times(breakers, 5));
    EXPECT_EQ(seen(breakers, loop), "open, wait 60, in 60 s");
}

TEST(memory_breakers, switched_off_let_everything_through_and_cannot_be_forced) {
    SimLoop loop;
    RememberingJournal journal;
    MemoryBreakers breakers({.is_enabled = false}, loop, &journal);
    loop.run_task(fail_times(breakers, 100));
    EXPECT_EQ(seen(breakers, loop), "closed, wait 0, passable");
    EXPECT_TRUE(loop.run_task(breakers.enter(glm)));
    auto const forced = loop.run_task(breakers.force(glm, BreakerPhase::open, PrincipalId("ann")));
    ASSERT_FALSE(forced);
    EXPECT_EQ(forced.error().code, ErrorCode::validation_failed);
    EXPECT_EQ(seen(breakers, loop), "closed, wait 0, passable");
    EXPECT_EQ(journal.size(), 0U);
}

// ---- telling in order
// ----------------------------------------------------------------------------

// Any thread. Telling takes a random time of the teller's loop, so that later changes overtake
// earlier ones if nobody holds them back.
class SlowJournal final : public BreakerJournal {
public:
    Task<void> changed(BreakerChange change) override {
        EXPECT_EQ(++tellers_, 1) << "one at a time";
        co_await sleep_for(milliseconds(random_.below(20)));
        --tellers_;
        std::scoped_lock const lock(mutex_);
        changes_.push_back(std::move(change));
    }

    std::vector<BreakerChange> changes() const {
        std::scoped_lock const lock(mutex_);
        return changes_;
    }
    bool was_told(PrincipalId const& by) const {
        std::scoped_lock const lock(mutex_);
        return std::ranges::find(changes_, by, &BreakerChange::by) != changes_.end();
    }

private:
    SeededRandom random_{4711};
    std::atomic<int> tellers_ = 0;
    mutable std::mutex mutex_;
    std::vector<BreakerChange> changes_;
};

Task<void> push_about(Breakers& breakers, SlowJournal const& journal, int name, int rounds) {
    SeededRandom random(static_cast<std::uint64_t>(name));
    for (int round = 0; round < rounds; ++round) {
        auto const choice = random.below(10);
        if (choice == 0) {
            PrincipalId const by(fmt::format("{}.{}", name, round));
            auto const phase = random.below(2) == 0 ? BreakerPhase::open : BreakerPhase::closed;
            EXPECT_TRUE(co_await breakers.force(glm, phase, by));
            EXPECT_TRUE(journal.was_told(by)) << "before the call that caused it returns";
            continue;
        }
        auto permit = co_await breakers.enter(glm);
        if (!permit) continue;
        if (choice < 6) co_await permit->failed("HTTP 503");
        if (choice > 6) co_await permit->succeeded();
    }
}

Task<Done> push_about_at_once(SimLoop& loop, Breakers& breakers, SlowJournal const& journal,
                              int name, int tasks) {
    TaskGroup group(loop);
    for (int i = 0; i < tasks; ++i)
        group.spawn(push_about(breakers, journal, (name * 100) + i, 150));
    co_await group.join();
    co_return Done();
}

// No wait, so that it opens and closes all the time.
constexpr BreakerOptions restless{.failures_to_open = 2, .wait = seconds(0)};

// Each change begins where the one told before it ended, and the last word is what is.
void expect_whole_story(Breakers const& breakers, SlowJournal const& journal) {
    auto const changes = journal.changes();
    ASSERT_GT(changes.size(), 100U);
    std::set<std::string> forced;
    auto phase = BreakerPhase::closed;
    for (auto const& change : changes) {
        ASSERT_EQ(change.was, phase);
        phase = change.now.phase;
        if (change.was == phase && change.by.is_empty()) ASSERT_EQ(change.now.successes, 1);
        if (!change.by.is_empty()) ASSERT_TRUE(forced.insert(change.by.text()).second) << "once";
        ASSERT_TRUE(change.now.changed_at);
    }
    EXPECT_EQ(phase, breakers.view(glm).phase);
}

TEST(memory_breakers, tell_racing_changes_in_the_order_in_which_they_happened) {
    SimLoop loop;
    SlowJournal journal;
    MemoryBreakers breakers(restless, loop, &journal);
    loop.run_task(push_about_at_once(loop, breakers, journal, 1, 8));
    expect_whole_story(breakers, journal);
}

TEST(memory_breakers, tell_the_changes_of_several_threads_in_order) {
    constexpr int threads = 4;
    SystemClock const clock;
    SlowJournal journal;
    MemoryBreakers breakers(restless, clock, &journal);
    std::latch start(threads);
    std::vector<std::jthread> running;
    for (int name = 1; name <= threads; ++name) {
        running.emplace_back([&, name] {
            SimLoop loop;
            start.arrive_and_wait();
            loop.run_task(push_about_at_once(loop, breakers, journal, name, 4));
        });
    }
    running.clear();
    expect_whole_story(breakers, journal);
}

// ---- permits
// -------------------------------------------------------------------------------------

TEST(memory_breakers, a_permit_that_was_moved_away_gives_nothing_back) {
    SimLoop loop;
    MemoryBreakers breakers({}, loop, nullptr);
    loop.run_task(fail_times(breakers, 5));
    loop.run(loop.monotonic_now() + seconds(60));
    auto first = loop.run_task(breakers.enter(glm));
    ASSERT_TRUE(first);
    {
        auto const second = *std::move(first);
        EXPECT_TRUE(second.is_probe());
        first = filegate::fail(ErrorCode::unexpected_error, "gone");
        EXPECT_FALSE(breakers.view(glm).is_passable);
    }
    EXPECT_TRUE(breakers.view(glm).is_passable);
}

}  // namespace
}  // namespace filegate::coordination
