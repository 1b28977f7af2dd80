#include "coordination/breakers_conformance.hpp"

#include "base/deadline.hpp"
#include "base/utf8.hpp"

namespace filegate::coordination {

namespace {

Task<Done> tell(BreakerPermit permit, Verdict verdict) {
    if (verdict == Verdict::success) co_await permit.succeeded();
    if (verdict == Verdict::failure) co_await permit.failed("HTTP 503 overloaded");
    co_return Done();
}

Task<Result<void>> force_and_wait(Breakers& breakers, BreakerKey key, BreakerPhase phase,
                                  PrincipalId by) {
    co_return co_await breakers.force(std::move(key), phase, std::move(by));
}

}  // namespace

Task<void> RememberingJournal::changed(BreakerChange change) {
    co_await sleep_for(milliseconds(1));
    changes_.push_back(std::move(change));
}

std::vector<std::string> RememberingJournal::told() const {
    std::vector<std::string> lines;
    for (auto const& [now, was, by] : changes_) {
        auto line = fmt::format("{}->{}", name_of(was), name_of(now.phase));
        if (now.successes > 0) line += fmt::format(" {}", now.successes);
        if (!by.is_empty()) line += " by " + by.text();
        lines.push_back(std::move(line));
    }
    return lines;
}

void BreakersConformance::end(BreakerPermit permit, Verdict verdict) {
    loop_.run_task(tell(std::move(permit), verdict));
}

void BreakersConformance::request(BreakerKey const& key, Verdict verdict) {
    auto permit = enter(key);
    ASSERT_TRUE(permit) << permit.error().message;
    end(*std::move(permit), verdict);
}

void BreakersConformance::fail_times(BreakerKey const& key, int times) {
    for (int i = 0; i < times; ++i)
        request(key, Verdict::failure);
}

int BreakersConformance::refused_for(BreakerKey const& key) {
    auto const permit = enter(key);
    if (permit) return 0;
    EXPECT_EQ(permit.error().code, ErrorCode::circuit_breaker_open);
    EXPECT_EQ(permit.error().provider, key.provider.text());
    return permit.error().retry_after_s.value_or(-1);
}

Result<void> BreakersConformance::force(BreakerKey const& key, BreakerPhase phase, std::string by) {
    return loop_.run_task(force_and_wait(breakers(), key, phase, PrincipalId(std::move(by))));
}

std::string BreakersConformance::seen(BreakerKey const& key) {
    auto const view = breakers().view(key);
    std::string text(name_of(view.phase));
    if (view.failures > 0) text += fmt::format(", {} failures", view.failures);
    if (view.successes > 0) text += fmt::format(", {} successes", view.successes);
    if (view.wait > seconds(0)) text += fmt::format(", wait {}", view.wait.count());
    return text + (view.is_passable ? ", passable" : "");
}

namespace {

TEST_P(BreakersConformance, one_nobody_asked_about_is_closed) {
    EXPECT_EQ(seen(glm_), "closed, passable");
    EXPECT_FALSE(breakers().view(glm_).changed_at);
    EXPECT_TRUE(breakers().all().empty()) << "looking is not asking";
}

TEST_P(BreakersConformance, opens_after_five_failures_in_a_row) {
    fail_times(glm_, 4);
    EXPECT_EQ(seen(glm_), "closed, 4 failures, passable");
    EXPECT_EQ(journal_.size(), 0U);
    fail_times(glm_, 1);
    EXPECT_EQ(seen(glm_), "open, wait 60");
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open"}));
    auto const view = breakers().view(glm_);
    EXPECT_EQ(view.reason, "5 failures in a row; HTTP 503 overloaded");
    // To the millisecond of telling the journal, which is part of the failed call.
    EXPECT_EQ(view.changed_at, loop_.wall_now() - milliseconds(1));
    EXPECT_EQ(view.retry_at, *view.changed_at + seconds(60));
    EXPECT_EQ(seen(kimi_), "closed, passable") << "another provider has its own";
    EXPECT_EQ(seen({glm_.provider, "openai"}), "closed, passable") << "as has another transport";
}

TEST_P(BreakersConformance, a_success_in_between_opens_nothing) {
    fail_times(glm_, 4);
    request(glm_, Verdict::success);
    fail_times(glm_, 4);
    EXPECT_EQ(seen(glm_), "closed, 4 failures, passable");
}

TEST_P(BreakersConformance, refuses_while_open_and_says_for_how_long_and_why) {
    fail_times(glm_, 5);
    pass(seconds(17));
    auto const refused = enter(glm_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::circuit_breaker_open);
    EXPECT_EQ(refused.error().provider, "glm");
    EXPECT_EQ(refused.error().retry_after_s, 43);
    for (auto const* const word : {"glm", "native", "HTTP 503 overloaded", "43 s"})
        EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
    pass(seconds(42));
    EXPECT_EQ(refused_for(glm_), 1) << "never zero: that would mean now";
    EXPECT_EQ(seen(glm_), "open, wait 60");
    EXPECT_EQ(journal_.size(), 1U);
}

TEST_P(BreakersConformance, is_tried_again_when_its_wait_is_over) {
    fail_times(glm_, 5);
    pass(seconds(60));
    EXPECT_EQ(seen(glm_), "open, wait 60, passable") << "it moves when one asks";
    auto const probe = enter(glm_);
    ASSERT_TRUE(probe);
    EXPECT_TRUE(probe->is_probe());
    EXPECT_EQ(seen(glm_), "half-open, wait 60");
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open", "open->half-open"}));
    EXPECT_EQ(refused_for(glm_), 1) << "a probe is under way";
}

Task<void> ask_and_hold(Breakers& breakers, BreakerKey key, int& let_through, int& refused) {
    auto const permit = co_await breakers.enter(std::move(key));
    ++(permit ? let_through : refused);
    co_await sleep_for(seconds(1));
}

Task<Done> ask_at_once(SimLoop& loop, Breakers& breakers, BreakerKey key, int count,
                       int& let_through, int& refused) {
    TaskGroup group(loop);
    for (int i = 0; i < count; ++i)
        group.spawn(ask_and_hold(breakers, key, let_through, refused));
    co_await group.join();
    co_return Done();
}

TEST_P(BreakersConformance, lets_one_of_eight_at_once_probe) {
    fail_times(glm_, 5);
    pass(seconds(60));
    for (int round = 1; round <= 3; ++round) {
        int let_through = 0;
        int refused = 0;
        loop_.run_task(ask_at_once(loop_, breakers(), glm_, 8, let_through, refused));
        EXPECT_EQ(let_through, 1);
        EXPECT_EQ(refused, 7);
        EXPECT_EQ(seen(glm_), "half-open, wait 60, passable") << "given back without a verdict";
    }
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open", "open->half-open"}));
}

TEST_P(BreakersConformance, two_good_probes_close_it) {
    fail_times(glm_, 5);
    pass(seconds(60));
    request(glm_, Verdict::success);
    EXPECT_EQ(seen(glm_), "half-open, 1 successes, wait 60, passable");
    request(glm_, Verdict::success);
    EXPECT_EQ(seen(glm_), "closed, passable");
    EXPECT_EQ(journal_.told(),
              (std::vector<std::string>{"closed->open", "open->half-open", "half-open->half-open 1",
                                        "half-open->closed"}));
    EXPECT_EQ(breakers().view(glm_).reason, "2 probes succeeded");
}

TEST_P(BreakersConformance, a_failing_probe_opens_it_for_twice_as_long) {
    fail_times(glm_, 5);
    for (auto const wait : {60, 120, 240, 300, 300}) {
        EXPECT_EQ(seen(glm_), fmt::format("open, wait {}", wait));
        pass(seconds(wait));
        request(glm_, Verdict::failure);
    }
    EXPECT_EQ(breakers().view(glm_).reason, "a probe failed; HTTP 503 overloaded");
    pass(seconds(300));
    request(glm_, Verdict::success);
    request(glm_, Verdict::success);
    fail_times(glm_, 5);
    EXPECT_EQ(seen(glm_), "open, wait 60");
}

TEST_P(BreakersConformance, a_probe_that_hangs_does_not_wedge_it) {
    fail_times(glm_, 5);
    pass(seconds(60));
    auto hung = enter(glm_);
    ASSERT_TRUE(hung);
    pass(BreakerOptions().probe_time_max - seconds(1));
    EXPECT_EQ(refused_for(glm_), 1);
    pass(seconds(1));
    auto next = enter(glm_);
    ASSERT_TRUE(next);
    end(*std::move(hung), Verdict::failure);
    EXPECT_EQ(seen(glm_), "half-open, wait 60") << "the hung one has no say any more";
    end(*std::move(next), Verdict::success);
    EXPECT_EQ(seen(glm_), "half-open, 1 successes, wait 60, passable");
}

TEST_P(BreakersConformance, what_was_asked_before_it_opened_changes_nothing_afterwards) {
    std::vector<BreakerPermit> early;
    for (int i = 0; i < 3; ++i)
        early.push_back(*enter(glm_));
    fail_times(glm_, 5);
    end(std::move(early[0]), Verdict::success);
    EXPECT_EQ(seen(glm_), "open, wait 60");
    pass(seconds(60));
    auto const probe = enter(glm_);
    end(std::move(early[1]), Verdict::failure);
    EXPECT_EQ(seen(glm_), "half-open, wait 60");
    end(std::move(early[2]), Verdict::none);
    EXPECT_EQ(seen(glm_), "half-open, wait 60") << "the probe keeps its slot";
}

// A client's mistake and a cancelled request say nothing about the provider.
TEST_P(BreakersConformance, a_permit_without_a_verdict_neither_counts_nor_resets) {
    fail_times(glm_, 4);
    for (int i = 0; i < 10; ++i)
        request(glm_, Verdict::none);
    EXPECT_EQ(seen(glm_), "closed, 4 failures, passable");
    fail_times(glm_, 1);
    EXPECT_EQ(seen(glm_), "open, wait 60");
    pass(seconds(60));
    request(glm_, Verdict::success);
    request(glm_, Verdict::none);
    EXPECT_EQ(seen(glm_), "half-open, 1 successes, wait 60, passable");
}

Task<Done> cancel_the_probe(SimLoop& loop, Breakers& breakers, BreakerKey key) {
    TaskGroup doomed(loop);
    int let_through = 0;
    int refused = 0;
    doomed.spawn(ask_and_hold(breakers, key, let_through, refused));
    co_await sleep_for(milliseconds(500));
    EXPECT_EQ(let_through, 1);
    EXPECT_FALSE(breakers.view(key).is_passable);
    co_await doomed.stop(loop.monotonic_now());
    EXPECT_TRUE(breakers.view(key).is_passable);
    co_return Done();
}

TEST_P(BreakersConformance, a_cancelled_probe_frees_its_slot) {
    fail_times(glm_, 5);
    pass(seconds(60));
    loop_.run_task(cancel_the_probe(loop_, breakers(), glm_));
    EXPECT_EQ(seen(glm_), "half-open, wait 60, passable");
}

Task<void> fail_it(Breakers& breakers, BreakerKey key) {
    auto permit = co_await breakers.enter(std::move(key));
    co_await permit->failed("HTTP 500");
}

Task<Done> cancel_after(SimLoop& loop, Task<void> work, milliseconds time) {
    TaskGroup doomed(loop);
    doomed.spawn(std::move(work));
    co_await sleep_for(time);
    co_await doomed.stop(loop.monotonic_now());
    co_return Done();
}

TEST_P(BreakersConformance, a_change_is_told_even_when_its_cause_is_cancelled_meanwhile) {
    fail_times(glm_, 4);
    loop_.run_task(cancel_after(loop_, fail_it(breakers(), glm_), milliseconds(0)));
    EXPECT_EQ(seen(glm_), "open, wait 60");
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open"}));
    pass(seconds(60));
    int let_through = 0;
    int refused = 0;
    loop_.run_task(
        cancel_after(loop_, ask_and_hold(breakers(), glm_, let_through, refused), milliseconds(0)));
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open", "open->half-open"}));
    EXPECT_EQ(seen(glm_), "half-open, wait 60, passable") << "the cancelled one left no probe";
}

TEST_P(BreakersConformance, an_operator_opens_it_for_one_wait) {
    ASSERT_TRUE(force(glm_, BreakerPhase::open, "ann"));
    EXPECT_EQ(seen(glm_), "open, wait 60");
    EXPECT_EQ(journal_.told(), (std::vector<std::string>{"closed->open by ann"}));
    EXPECT_EQ(journal_.last().now.key, glm_);
    EXPECT_TRUE(journal_.last().now.changed_at);
    auto const refused = enter(glm_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message.find("ann"), std::string::npos) << "nobody else's business";
    pass(seconds(60));
    request(glm_, Verdict::success);
    request(glm_, Verdict::success);
    EXPECT_EQ(seen(glm_), "closed, passable");
    EXPECT_TRUE(journal_.last().by.is_empty()) << "by itself";
}

TEST_P(BreakersConformance, an_operator_closes_it_and_all_counts_are_forgotten) {
    fail_times(glm_, 5);
    pass(seconds(60));
    fail_times(glm_, 1);
    ASSERT_TRUE(force(glm_, BreakerPhase::closed, "ann"));
    EXPECT_EQ(seen(glm_), "closed, passable");
    EXPECT_EQ(journal_.told().back(), "open->closed by ann");
    fail_times(glm_, 4);
    ASSERT_TRUE(force(glm_, BreakerPhase::closed, "ben"));
    EXPECT_EQ(seen(glm_), "closed, passable");
    EXPECT_EQ(journal_.told().back(), "closed->closed by ben");
    EXPECT_TRUE(journal_.last().now.changed_at);
    fail_times(glm_, 5);
    EXPECT_EQ(seen(glm_), "open, wait 60");
}

TEST_P(BreakersConformance, an_operator_opens_one_that_is_probed_and_the_probe_has_no_say) {
    fail_times(glm_, 5);
    pass(seconds(60));
    auto probe = enter(glm_);
    ASSERT_TRUE(force(glm_, BreakerPhase::open, "ann"));
    end(*std::move(probe), Verdict::success);
    EXPECT_EQ(seen(glm_), "open, wait 60");
    EXPECT_EQ(journal_.told().back(), "half-open->open by ann");
}

TEST_P(BreakersConformance, nobody_can_force_it_half_open) {
    auto const forced = force(glm_, BreakerPhase::half_open, "ann");
    ASSERT_FALSE(forced);
    EXPECT_EQ(forced.error().code, ErrorCode::validation_failed);
    EXPECT_EQ(journal_.size(), 0U);
}

TEST_P(BreakersConformance, lists_those_asked_about_by_key) {
    request({ProviderName("kimi"), "native"}, Verdict::success);
    request({ProviderName("glm"), "plain"}, Verdict::success);
    request({ProviderName("glm"), "native"}, Verdict::failure);
    request({ProviderName("glm"), "native"}, Verdict::failure);
    ASSERT_TRUE(force({ProviderName("aleph"), "native"}, BreakerPhase::open, "ann"));
    std::vector<std::string> keys;
    for (auto const& view : breakers().all()) {
        keys.push_back(view.key.text());
        EXPECT_EQ(view.phase, breakers().view(view.key).phase);
        EXPECT_EQ(view.failures, breakers().view(view.key).failures);
    }
    EXPECT_EQ(keys,
              (std::vector<std::string>{"aleph/native", "glm/native", "glm/plain", "kimi/native"}));
}

TEST_P(BreakersConformance, reasons_of_any_length_are_kept_within_bounds) {
    fail_times(glm_, 4);
    auto permit = enter(glm_);
    std::string long_reason(100'000, 'x');
    for (std::size_t i = 0; i + 1 < long_reason.size(); i += 2)
        long_reason.replace(i, 2, "\xc3\xa9");
    struct Teller {
        static Task<Done> tell(BreakerPermit permit, std::string reason) {
            co_await permit.failed(std::move(reason));
            co_return Done();
        }
    };
    loop_.run_task(Teller::tell(*std::move(permit), long_reason));
    auto const reason = breakers().view(glm_).reason;
    EXPECT_LT(reason.size(), 1000U);
    EXPECT_TRUE(decode_utf8(reason)) << "cut between characters";
}

}  // namespace
}  // namespace filegate::coordination
