#include "coordination/breaker.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::coordination {
namespace {

constexpr MonotonicTime start{std::chrono::hours(1)};
constexpr BreakerOptions options;

std::string describe(BreakerState const& state) {
    std::string text(name_of(state.phase));
    if (state.phase == BreakerPhase::closed) text += fmt::format(", {} failures", state.failures);
    if (state.phase == BreakerPhase::half_open) {
        text += fmt::format(", {} successes, probe {}", state.successes,
                            state.probe == 0 ? "free" : "under way");
    }
    return text + fmt::format(", wait {}", state.wait.count());
}

// Fails as often as it takes, in requests one after the other.
void open_it(BreakerState& state, MonotonicTime now) {
    for (int i = 0; i < options.failures_to_open; ++i)
        fail(state, options, ask(state, options, now), now);
}

// A breaker somewhere in its life, with a pass that is current and one of an earlier generation.
struct Situation {
    BreakerState state;
    MonotonicTime now = start;
    BreakerPass current;
    BreakerPass late;
};

Situation closed_with_four_failures() {
    Situation made;
    made.late = ask(made.state, options, start);
    force_open(made.state, options, start);
    force_closed(made.state);
    for (int i = 0; i < 4; ++i)
        fail(made.state, options, ask(made.state, options, start), start);
    made.current = ask(made.state, options, start);
    return made;
}

Situation open_and_waiting() {
    Situation made;
    made.late = ask(made.state, options, start);
    open_it(made.state, start);
    return made;
}

Situation open_with_its_wait_over() {
    auto made = open_and_waiting();
    made.now = start + options.wait;
    return made;
}

Situation half_open_with_a_probe() {
    auto made = open_with_its_wait_over();
    succeed(made.state, options, ask(made.state, options, made.now));
    made.current = ask(made.state, options, made.now);
    return made;
}

Situation half_open_without_a_probe() {
    auto made = half_open_with_a_probe();
    give_back(made.state, made.current);
    return made;
}

Situation half_open_with_an_overdue_probe() {
    auto made = half_open_with_a_probe();
    made.now += options.probe_time_max;
    return made;
}

struct Transition {
    std::string_view title;
    Situation (*begin)();
    void (*event)(Situation&);
    std::string_view end;
};

void one_asks(Situation& in) {
    ask(in.state, options, in.now);
}
void succeeds(Situation& in) {
    succeed(in.state, options, in.current);
}
void fails(Situation& in) {
    fail(in.state, options, in.current, in.now);
}
void is_given_back(Situation& in) {
    give_back(in.state, in.current);
}
void is_forced_open(Situation& in) {
    force_open(in.state, options, in.now);
}
void is_forced_closed(Situation& in) {
    force_closed(in.state);
}

TEST(breaker, moves_as_the_table_says) {
    std::vector<Transition> const table{
        {"closed, asks", closed_with_four_failures, one_asks, "closed, 4 failures, wait 0"},
        {"closed, succeeds", closed_with_four_failures, succeeds, "closed, 0 failures, wait 0"},
        {"closed, fails", closed_with_four_failures, fails, "open, wait 60"},
        {"closed, back", closed_with_four_failures, is_given_back, "closed, 4 failures, wait 0"},
        {"closed, force open", closed_with_four_failures, is_forced_open, "open, wait 60"},
        {"closed, force closed", closed_with_four_failures, is_forced_closed,
         "closed, 0 failures, wait 0"},
        {"waiting, asks", open_and_waiting, one_asks, "open, wait 60"},
        {"waiting, force open", open_and_waiting, is_forced_open, "open, wait 60"},
        {"waiting, force closed", open_and_waiting, is_forced_closed, "closed, 0 failures, wait 0"},
        {"over, asks", open_with_its_wait_over, one_asks,
         "half-open, 0 successes, probe under way, wait 60"},
        {"over, force open", open_with_its_wait_over, is_forced_open, "open, wait 60"},
        {"over, force closed", open_with_its_wait_over, is_forced_closed,
         "closed, 0 failures, wait 0"},
        {"probe, asks", half_open_with_a_probe, one_asks,
         "half-open, 1 successes, probe under way, wait 60"},
        {"probe, succeeds", half_open_with_a_probe, succeeds, "closed, 0 failures, wait 0"},
        {"probe, fails", half_open_with_a_probe, fails, "open, wait 120"},
        {"probe, back", half_open_with_a_probe, is_given_back,
         "half-open, 1 successes, probe free, wait 60"},
        {"probe, force open", half_open_with_a_probe, is_forced_open, "open, wait 60"},
        {"probe, force closed", half_open_with_a_probe, is_forced_closed,
         "closed, 0 failures, wait 0"},
        {"no probe, asks", half_open_without_a_probe, one_asks,
         "half-open, 1 successes, probe under way, wait 60"},
        {"no probe, succeeds", half_open_without_a_probe, succeeds,
         "half-open, 1 successes, probe free, wait 60"},
        {"no probe, fails", half_open_without_a_probe, fails,
         "half-open, 1 successes, probe free, wait 60"},
        {"overdue, asks", half_open_with_an_overdue_probe, one_asks,
         "half-open, 1 successes, probe under way, wait 60"},
        {"overdue, succeeds", half_open_with_an_overdue_probe, succeeds,
         "closed, 0 failures, wait 0"},
        {"overdue, fails", half_open_with_an_overdue_probe, fails, "open, wait 120"},
    };
    for (auto const& [title, begin, event, end] : table) {
        auto situation = begin();
        event(situation);
        EXPECT_EQ(describe(situation.state), end) << title;
    }
}

TEST(breaker, a_pass_of_an_earlier_generation_changes_nothing_in_any_phase) {
    for (auto const begin :
         {closed_with_four_failures, open_and_waiting, open_with_its_wait_over,
          half_open_with_a_probe, half_open_without_a_probe, half_open_with_an_overdue_probe}) {
        auto made = begin();
        auto const before = made.state;
        SCOPED_TRACE(describe(before));
        EXPECT_LT(made.late.generation, before.generation);
        EXPECT_FALSE(succeed(made.state, options, made.late));
        EXPECT_FALSE(fail(made.state, options, made.late, made.now));
        give_back(made.state, made.late);
        give_back(made.state, BreakerPass{});
        EXPECT_FALSE(fail(made.state, options, BreakerPass{}, made.now));
        EXPECT_EQ(made.state, before);
    }
}

TEST(breaker, lets_one_probe_out_at_a_time) {
    auto made = open_with_its_wait_over();
    auto const probe = ask(made.state, options, made.now);
    EXPECT_TRUE(probe.is_probe);
    for (int i = 0; i < 8; ++i) {
        EXPECT_FALSE(is_passable(made.state, options, made.now));
        EXPECT_EQ(ask(made.state, options, made.now).number, 0U);
    }
    EXPECT_FALSE(succeed(made.state, options, probe));
    EXPECT_TRUE(ask(made.state, options, made.now).is_probe);
}

TEST(breaker, a_hung_probe_loses_its_slot_when_its_time_is_up_and_then_has_no_say) {
    auto made = open_with_its_wait_over();
    auto const hung = ask(made.state, options, made.now);
    auto const up = made.now + options.probe_time_max;
    EXPECT_EQ(ask(made.state, options, up - std::chrono::nanoseconds(1)).number, 0U);
    auto const next = ask(made.state, options, up);
    EXPECT_TRUE(next.is_probe);
    auto const before = made.state;
    EXPECT_FALSE(fail(made.state, options, hung, up));
    EXPECT_FALSE(succeed(made.state, options, hung));
    give_back(made.state, hung);
    EXPECT_EQ(made.state, before) << "the slot is the next one's";
    EXPECT_TRUE(fail(made.state, options, next, up));
}

TEST(breaker, a_probe_given_back_frees_its_slot_at_once) {
    auto made = open_with_its_wait_over();
    auto const cancelled = ask(made.state, options, made.now);
    give_back(made.state, cancelled);
    EXPECT_TRUE(is_passable(made.state, options, made.now));
    EXPECT_TRUE(ask(made.state, options, made.now).is_probe);
}

TEST(breaker, waits_twice_as_long_after_each_failed_probe_up_to_the_bound) {
    BreakerState state;
    auto now = start;
    open_it(state, now);
    std::vector<std::int64_t> waits{state.wait.count()};
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(ask(state, options, now + state.wait - milliseconds(1)).number, 0U);
        now += state.wait;
        EXPECT_TRUE(fail(state, options, ask(state, options, now), now));
        waits.push_back(state.wait.count());
        EXPECT_EQ(state.retry_at, now + state.wait);
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{60, 120, 240, 300, 300}));
}

TEST(breaker, waits_the_shortest_time_again_after_it_was_closed) {
    auto made = open_with_its_wait_over();
    fail(made.state, options, ask(made.state, options, made.now), made.now);
    made.now += made.state.wait;
    for (int i = 0; i < 2; ++i)
        succeed(made.state, options, ask(made.state, options, made.now));
    EXPECT_EQ(describe(made.state), "closed, 0 failures, wait 0");
    open_it(made.state, made.now);
    EXPECT_EQ(describe(made.state), "open, wait 60");
}

TEST(breaker, an_operator_never_shortens_the_wait_of_an_open_one) {
    auto made = open_with_its_wait_over();
    fail(made.state, options, ask(made.state, options, made.now), made.now);
    made.now += seconds(1);
    force_open(made.state, options, made.now);
    EXPECT_EQ(made.state.retry_at, made.now + seconds(120));
}

TEST(breaker, five_failures_spread_over_a_hundred_calls_open_nothing) {
    BreakerState state;
    for (int i = 0; i < 100; ++i) {
        auto const pass = ask(state, options, start);
        ASSERT_NE(pass.number, 0U);
        ASSERT_FALSE(i % 20 == 0 ? fail(state, options, pass, start)
                                 : succeed(state, options, pass));
    }
    EXPECT_EQ(describe(state), "closed, 0 failures, wait 0");
}

TEST(breaker, a_success_resets_the_count_of_failures) {
    BreakerState state;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i)
            EXPECT_FALSE(fail(state, options, ask(state, options, start), start));
        EXPECT_FALSE(succeed(state, options, ask(state, options, start)));
    }
    EXPECT_EQ(describe(state), "closed, 0 failures, wait 0");
}

TEST(breaker, what_ends_without_a_verdict_neither_counts_nor_resets) {
    auto made = closed_with_four_failures();
    for (int i = 0; i < 10; ++i)
        give_back(made.state, ask(made.state, options, start));
    EXPECT_EQ(describe(made.state), "closed, 4 failures, wait 0");
    EXPECT_TRUE(fail(made.state, options, made.current, start));
}

TEST(breaker, switched_off_it_passes_everything_and_counts_nothing) {
    BreakerOptions const off{.is_enabled = false};
    for (auto const begin : {closed_with_four_failures, open_and_waiting, half_open_with_a_probe}) {
        auto made = begin();
        auto before = made.state;
        auto const pass = ask(made.state, off, made.now);
        EXPECT_NE(pass.number, 0U);
        EXPECT_FALSE(pass.is_probe);
        EXPECT_TRUE(is_passable(made.state, off, made.now));
        for (int i = 0; i < 10; ++i)
            EXPECT_FALSE(fail(made.state, off, made.current, made.now));
        EXPECT_FALSE(succeed(made.state, off, made.current));
        force_open(made.state, off, made.now);
        ++before.passes;
        EXPECT_EQ(made.state, before);
    }
}

TEST(breaker, phases_have_names_that_lead_back_to_them) {
    for (auto const phase : {BreakerPhase::closed, BreakerPhase::open, BreakerPhase::half_open})
        EXPECT_EQ(phase_named(name_of(phase)), phase);
    EXPECT_EQ(name_of(BreakerPhase::half_open), "half-open") << "as records carry it";
    for (auto const* const word : {"", "Open", "half_open", "ajar"})
        EXPECT_FALSE(phase_named(word)) << word;
    EXPECT_EQ(name_of(static_cast<BreakerPhase>(77)), "unknown");
}

// Random requests in flight at once, some hanging, some told late or never, and an operator.
class RandomWalk {
public:
    explicit RandomWalk(std::uint64_t seed) : random_(seed) {}

    void take_a_step() {
        now_ += seconds(random_.below(random_.below(10) == 0 ? 400 : 10));
        auto const before = state_;
        auto const event = random_.below(100);
        if (event < 45 || in_flight_.empty()) {
            ask_one(before);
        } else if (event < 98) {
            end_one(before, event);
        } else if (event == 98) {
            force_open(state_, options, now_);
        } else {
            force_closed(state_);
        }
        check_state();
    }

private:
    struct InFlight {
        BreakerPass pass;
        MonotonicTime asked_at;
    };

    void ask_one(BreakerState const& before) {
        bool const may_pass = is_passable(state_, options, now_);
        auto const pass = ask(state_, options, now_);
        ASSERT_EQ(pass.number != 0, may_pass);
        if (pass.number == 0) {
            ASSERT_EQ(state_, before);
            ASSERT_NE(state_.phase, BreakerPhase::closed);
            return;
        }
        ASSERT_NE(state_.phase, BreakerPhase::open);
        ASSERT_EQ(pass.is_probe, state_.phase == BreakerPhase::half_open);
        if (before.phase == BreakerPhase::open) ASSERT_GE(now_, before.retry_at);
        in_flight_.push_back({pass, now_});
    }

    void end_one(BreakerState const& before, std::uint64_t event) {
        auto const chosen =
            in_flight_.begin() + static_cast<std::ptrdiff_t>(random_.below(in_flight_.size()));
        auto const pass = chosen->pass;
        in_flight_.erase(chosen);
        bool has_changed = false;
        if (event < 65) {
            has_changed = fail(state_, options, pass, now_);
        } else if (event < 92) {
            has_changed = succeed(state_, options, pass);
        } else {
            give_back(state_, pass);
        }
        ASSERT_EQ(has_changed, state_.phase != before.phase);
        bool const is_late =
            pass.generation != before.generation || (pass.is_probe && pass.number != before.probe);
        if (is_late) ASSERT_EQ(state_, before);
    }

    void check_state() {
        auto const probes = std::ranges::count_if(in_flight_, [&](InFlight const& one) {
            return one.pass.is_probe && one.pass.generation == state_.generation &&
                   now_ < one.asked_at + options.probe_time_max;
        });
        ASSERT_LE(probes, 1);
        ASSERT_LT(state_.failures, options.failures_to_open);
        ASSERT_LT(state_.successes, options.successes_to_close);
        if (state_.phase == BreakerPhase::closed) {
            ASSERT_EQ(state_.wait, seconds(0));
        } else {
            ASSERT_GE(state_.wait, options.wait);
            ASSERT_LE(state_.wait, options.wait_max);
            ASSERT_LE(state_.retry_at, now_ + state_.wait);
        }
    }

    SeededRandom random_;
    BreakerState state_;
    MonotonicTime now_ = start;
    std::vector<InFlight> in_flight_;
};

TEST(breaker, keeps_its_promises_on_a_random_walk) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        RandomWalk walk(seed);
        for (int step = 0; step < 2000; ++step) {
            walk.take_a_step();
            if (::testing::Test::HasFatalFailure()) FAIL() << "step " << step;
        }
    }
}

// A provider that fails now and then is not one that is down.
TEST(breaker, seldom_opens_while_a_fifth_of_all_calls_fail_at_random) {
    constexpr std::uint64_t seed = 20;
    constexpr int calls = 100'000;
    SeededRandom random(seed);
    BreakerState state;
    auto now = start;
    int openings = 0;
    int refused = 0;
    for (int call = 0; call < calls; ++call) {
        now += seconds(1);
        auto const pass = ask(state, options, now);
        if (pass.number == 0) {
            ++refused;
        } else if (random.uniform() >= 0.2) {
            succeed(state, options, pass);
        } else if (fail(state, options, pass, now)) {
            ++openings;
        }
    }
    RecordProperty("openings", openings);
    fmt::print("seed {}: {} openings and {} refused in {} calls\n", seed, openings, refused, calls);
    EXPECT_GT(openings, 0) << "or this shows nothing";
    EXPECT_LT(openings, calls / 100);
}

}  // namespace
}  // namespace filegate::coordination
