#include "coordination/leases_conformance.hpp"

namespace filegate::coordination {

std::string LeasesConformance::counts() {
    auto const all = statistics();
    std::string text;
    auto const add = [&](std::string_view name, std::uint64_t value) {
        if (value > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
    };
    add("held", all.held);
    add("waiting", all.waiting);
    add("acquired", all.acquired);
    add("contended", all.contended);
    add("timed out", all.timed_out);
    add("expired", all.expired);
    add("forced", all.forced);
    return text;
}

namespace {

// One that takes a lease, and what became of it, one line each.
struct Worker {
    Leases& leases;
    LeaseRequest request;
    std::chrono::nanoseconds work{0};
    std::vector<std::string>& lines;
    std::string name;
    std::uint64_t token = 0;
};

Task<void> work(SimLoop& loop, Worker& worker) {
    try {
        auto const lease = co_await worker.leases.acquire(worker.request);
        if (!lease) {
            EXPECT_EQ(lease.error().code, ErrorCode::lock_timeout);
            worker.lines.push_back(worker.name + " timed out");
            co_return;
        }
        worker.token = lease->fencing_token();
        worker.lines.push_back(worker.name + " got it");
        co_await sleep_until(loop.monotonic_now() + worker.work);
        EXPECT_TRUE(lease->is_held()) << worker.name;
    } catch (Cancelled const&) {
        worker.lines.push_back(worker.name + " cancelled");
        throw;
    }
}

using Lines = std::vector<std::string>;

// ---- exclusivity and order
// -----------------------------------------------------------------------

TEST_P(LeasesConformance, a_key_has_one_holder_whichever_node_asks) {
    auto held = std::optional(take(first(), "key"));
    EXPECT_TRUE(held->is_held());
    EXPECT_FALSE(try_take(first(), "key"));
    EXPECT_FALSE(try_take(second(), "key"));
    EXPECT_TRUE(try_take(second(), "another"));
    held.reset();
    EXPECT_TRUE(try_take(second(), "key"));
    EXPECT_EQ(counts(), "acquired 3");
}

TEST_P(LeasesConformance, a_moved_lease_is_let_go_once) {
    auto taken = take(first(), "key");
    auto const moved = std::make_unique<Lease>(std::move(taken));
    EXPECT_TRUE(moved->is_held());
    EXPECT_FALSE(try_take(second(), "key"));
}

TEST_P(LeasesConformance, tokens_grow_with_each_grant_of_any_key) {
    std::uint64_t last = 0;
    for (int i = 0; i < 10; ++i) {
        auto const lease = take(i % 2 == 0 ? first() : second(), i % 3 == 0 ? "key" : "another");
        EXPECT_GT(lease.fencing_token(), last);
        last = lease.fencing_token();
    }
}

Task<Done> work_at_once(SimLoop& loop, std::vector<Worker>& workers) {
    TaskGroup group(loop);
    for (auto& worker : workers)
        group.spawn(work(loop, worker));
    co_await group.join();
    co_return Done();
}

TEST_P(LeasesConformance, waiters_are_served_in_the_order_in_which_they_came) {
    Lines lines;
    std::vector<Worker> workers;
    for (int i = 0; i < 6; ++i) {
        auto& leases = i % 3 == 0 ? first() : second();
        workers.push_back({leases, request("key"), seconds(10), lines, std::to_string(i)});
    }
    loop_.run_task(work_at_once(loop_, workers));
    EXPECT_EQ(lines,
              (Lines{"0 got it", "1 got it", "2 got it", "3 got it", "4 got it", "5 got it"}));
    EXPECT_TRUE(std::ranges::is_sorted(workers, std::less_equal(), &Worker::token));
    EXPECT_EQ(now().time_since_epoch(), seconds(60)) << "each as soon as the one before let go";
    EXPECT_EQ(counts(), "acquired 6, contended 5");
}

// ---- waiting no longer than wanted
// ---------------------------------------------------------------

TEST_P(LeasesConformance, waiting_ends_at_the_deadline_and_says_who_is_in_the_way) {
    auto const held = take(first(), "key");
    pass(seconds(7));
    auto const refused = acquire(second(), request("key", now() + seconds(5)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(now().time_since_epoch(), seconds(12));
    EXPECT_EQ(refused.error().code, ErrorCode::lock_timeout);
    for (auto const* const word :
         {"kimi/main/file-extract", "first", "2023-11-14 22:13:20", "12 s"})
        EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
    EXPECT_TRUE(held.is_held());
    EXPECT_EQ(counts(), "held 1, acquired 1, timed out 1");
    EXPECT_EQ(list().at(0).waiters, 0U);
}

TEST_P(LeasesConformance, a_deadline_that_has_passed_is_no_matter_when_nobody_holds_it) {
    pass(seconds(10));
    auto const lease = acquire(first(), request("key", now() - seconds(5)));
    EXPECT_TRUE(lease);
    EXPECT_FALSE(acquire(second(), request("key", now() - seconds(5))));
    EXPECT_EQ(now().time_since_epoch(), seconds(10));
}

TEST_P(LeasesConformance, one_that_gives_up_leaves_the_queue_in_order) {
    Lines lines;
    std::vector<Worker> workers;
    workers.push_back({first(), request("key"), seconds(10), lines, "a"});
    workers.push_back({second(), request("key", now() + seconds(4)), {}, lines, "b"});
    workers.push_back({first(), request("key"), seconds(1), lines, "c"});
    loop_.run_task(work_at_once(loop_, workers));
    EXPECT_EQ(lines, (Lines{"a got it", "b timed out", "c got it"}));
    EXPECT_EQ(counts(), "acquired 2, contended 1, timed out 1");
}

// The holder lets go in the instant in which the waiter's time is up: whoever is told no has
// nothing, and nothing is lost.
TEST_P(LeasesConformance, a_grant_at_the_very_deadline_is_not_lost) {
    for (auto const early : {milliseconds(0), milliseconds(1), milliseconds(-1)}) {
        Lines lines;
        std::vector<Worker> workers;
        workers.push_back({first(), request("key"), seconds(10), lines, "a"});
        workers.push_back({second(), request("key", now() + seconds(10) - early), {}, lines, "b"});
        workers.push_back({first(), request("key"), {}, lines, "c"});
        loop_.run_task(work_at_once(loop_, workers));
        EXPECT_EQ(lines.size(), 3U);
        EXPECT_EQ(lines.back(), "c got it");
        EXPECT_TRUE(list().empty());
    }
}

// ---- cancellation
// --------------------------------------------------------------------------------

Task<Done> cancel_one_of(SimLoop& loop, std::vector<Worker>& workers, std::size_t doomed,
                         milliseconds when) {
    TaskGroup rest(loop);
    TaskGroup cancelled(loop);
    for (std::size_t i = 0; i < workers.size(); ++i)
        (i == doomed ? cancelled : rest).spawn(work(loop, workers[i]));
    co_await sleep_for(when);
    co_await cancelled.stop(loop.monotonic_now());
    co_await rest.join();
    co_return Done();
}

// Each of three is cancelled at every interesting moment: while it waits, in the instant of the
// grant (10 s, 20 s), while it holds.
TEST_P(LeasesConformance, cancelled_at_any_moment_leaves_the_lease_to_the_others) {
    for (std::size_t doomed = 0; doomed < 3; ++doomed) {
        for (auto const when : {0, 1, 5000, 9999, 10'000, 10'001, 15'000, 20'000, 25'000}) {
            SCOPED_TRACE(fmt::format("worker {} after {} ms", doomed, when));
            Lines lines;
            std::vector<Worker> workers;
            for (auto const* const name : {"a", "b", "c"})
                workers.push_back({first(), request("key"), seconds(10), lines, name});
            loop_.run_task(cancel_one_of(loop_, workers, doomed, milliseconds(when)));
            auto const served = std::ranges::count_if(
                lines, [](std::string const& line) { return line.ends_with("got it"); });
            EXPECT_GE(served, 2);
            EXPECT_TRUE(list().empty());
            EXPECT_EQ(statistics().waiting, 0U);
        }
    }
}

// What the loop does next after the grant is to cancel the one that was granted.
Task<Done> cancel_in_the_instant_of_the_grant(SimLoop& loop, std::vector<Worker>& workers,
                                              Lease held) {
    TaskGroup cancelled(loop);
    TaskGroup rest(loop);
    cancelled.spawn(work(loop, workers[0]));
    rest.spawn(work(loop, workers[1]));
    co_await sleep_for(seconds(1));
    std::optional(std::move(held)).reset();
    cancelled.cancel();
    co_await cancelled.join();
    co_await rest.join();
    co_return Done();
}

TEST_P(LeasesConformance, a_grant_that_meets_a_cancelled_waiter_goes_on_to_the_next) {
    Lines lines;
    std::vector<Worker> workers;
    workers.push_back({first(), request("key"), seconds(1), lines, "a"});
    workers.push_back({second(), request("key"), seconds(1), lines, "b"});
    loop_.run_task(cancel_in_the_instant_of_the_grant(loop_, workers, take(first(), "key")));
    EXPECT_EQ(lines, (Lines{"a cancelled", "b got it"}));
    EXPECT_EQ(counts(), "acquired 2, contended 1") << "what was never had was not acquired";
}

// ---- renewal and expiry
// --------------------------------------------------------------------------

TEST_P(LeasesConformance, a_living_holder_keeps_its_lease_as_long_as_it_likes) {
    auto held = std::optional(take(first(), "key"));
    auto const token = held->fencing_token();
    for (int hour = 0; hour < 5; ++hour) {
        EXPECT_FALSE(acquire(second(), request("key", now() + std::chrono::hours(1))));
        EXPECT_TRUE(held->is_held());
        auto const view = list().at(0);
        EXPECT_GT(view.expires_at, loop_.wall_now() + seconds(150));
        EXPECT_LE(view.expires_at, loop_.wall_now() + seconds(300));
    }
    EXPECT_EQ(held->fencing_token(), token);
    held.reset();
    EXPECT_EQ(counts(), "acquired 1, timed out 5") << "nothing expired";
}

TEST_P(LeasesConformance, what_a_dead_node_held_is_free_when_its_lease_expires) {
    auto const held = take(first(), "key");
    pass(seconds(1000));  // it is renewed all the while
    under_test_->kill_first();
    auto const before = now();
    EXPECT_FALSE(try_take(second(), "key"));
    auto const next = acquire(second(), request("key", now() + seconds(400)));
    ASSERT_TRUE(next);
    EXPECT_GE(now() - before, seconds(190)) << "renewed every third of its duration";
    EXPECT_LE(now() - before, seconds(301));
    EXPECT_FALSE(held.is_held());
    EXPECT_TRUE(next->is_held());
    EXPECT_GT(next->fencing_token(), held.fencing_token());
    EXPECT_EQ(counts(), "held 1, acquired 2, contended 1, expired 1");
}

TEST_P(LeasesConformance, a_dead_nodes_lease_is_counted_out_even_when_nobody_wants_it) {
    auto held = std::optional(take(first(), "key"));
    under_test_->kill_first();
    held.reset();  // not heard
    EXPECT_EQ(counts(), "held 1, acquired 1");
    pass(seconds(301));
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(counts(), "acquired 1, expired 1");
}

TEST_P(LeasesConformance, a_dead_nodes_late_release_frees_nothing) {
    auto held = std::optional(take(first(), "key"));
    under_test_->kill_first();
    auto const next = acquire(second(), request("key", now() + seconds(400)));
    ASSERT_TRUE(next);
    held.reset();
    EXPECT_TRUE(next->is_held());
    EXPECT_FALSE(try_take(second(), "key"));
}

TEST_P(LeasesConformance, a_dead_node_is_granted_nothing_and_its_waiters_are_in_nobodys_way) {
    Lines lines;
    auto held = std::optional(take(second(), "key"));
    TaskGroup dead(loop_);
    TaskGroup alive(loop_);
    Worker doomed{first(), request("key"), {}, lines, "dead"};
    Worker late{first(), request("key", now() + seconds(90)), {}, lines, "late"};
    Worker heir{second(), request("key"), {}, lines, "heir"};
    dead.spawn(work(loop_, doomed));
    dead.spawn(work(loop_, late));
    alive.spawn(work(loop_, heir));
    pass(seconds(1));
    EXPECT_EQ(statistics().waiting, 3U);
    under_test_->kill_first();
    Worker stillborn{first(), request("key", now() + seconds(200)), {}, lines, "stillborn"};
    dead.spawn(work(loop_, stillborn));
    pass(seconds(1));
    EXPECT_EQ(statistics().waiting, 1U);
    held.reset();
    pass(seconds(600));
    EXPECT_EQ(lines, (Lines{"heir got it", "late timed out", "stillborn timed out"}));
    EXPECT_FALSE(try_take(first(), "another"));
    dead.cancel();
    pass(seconds(1));
    EXPECT_EQ(lines.back(), "dead cancelled");
    EXPECT_EQ(dead.size() + alive.size(), 0U);
    EXPECT_EQ(counts(), "acquired 2, contended 1");
}

// ---- operators
// -----------------------------------------------------------------------------------

TEST_P(LeasesConformance, forced_open_it_goes_to_the_next_waiter_and_stays_there) {
    Lines lines;
    auto held = std::optional(take(first(), "key"));
    TaskGroup group(loop_);
    Worker next{second(), request("key"), seconds(1000), lines, "next"};
    group.spawn(work(loop_, next));
    pass(seconds(1));
    EXPECT_TRUE(force_unlock(first(), "key"));
    EXPECT_FALSE(held->is_held());
    pass(seconds(1));
    EXPECT_EQ(lines, (Lines{"next got it"}));
    EXPECT_GT(next.token, held->fencing_token());
    pass(seconds(500));  // the former holder renews nothing
    EXPECT_FALSE(held->is_held());
    held.reset();  // nor frees what is another's
    EXPECT_FALSE(try_take(first(), "key"));
    EXPECT_EQ(list().at(0).holder, "second");
    pass(seconds(600));
    EXPECT_EQ(counts(), "acquired 2, contended 1, forced 1");
    EXPECT_EQ(group.size(), 0U);
}

TEST_P(LeasesConformance, forcing_open_what_nobody_holds_says_so) {
    EXPECT_FALSE(force_unlock(first(), "key"));
    {
        auto const held = take(first(), "key");
        EXPECT_FALSE(force_unlock(second(), "another"));
        EXPECT_TRUE(force_unlock(second(), "key"));
        EXPECT_FALSE(force_unlock(second(), "key"));
        EXPECT_FALSE(held.is_held());
        EXPECT_TRUE(try_take(second(), "key"));
    }
    EXPECT_EQ(counts(), "acquired 2, forced 1");
}

TEST_P(LeasesConformance, forcing_open_what_has_just_expired_leaves_its_heir_alone) {
    auto const held = take(first(), "key");
    under_test_->kill_first();
    pass(seconds(300));
    EXPECT_FALSE(force_unlock(second(), "key"));
    auto const next = take(second(), "key");
    EXPECT_TRUE(next.is_held());
    EXPECT_EQ(counts(), "held 1, acquired 2, expired 1");
}

TEST_P(LeasesConformance, lists_the_oldest_first_up_to_a_limit) {
    std::vector<Lease> held;
    for (auto const* const key : {"zebra", "ant", "mouse", "dog"}) {
        held.push_back(take(held.size() % 2 == 0 ? first() : second(), key));
        loop_.jump_wall(seconds(-100));  // an operator corrects the clock
        pass(seconds(1));
    }
    auto const keys = [](std::vector<LeaseView> const& views) {
        std::string text;
        for (auto const& view : views)
            text += fmt::format("{}({}) ", view.key, view.holder);
        return text;
    };
    EXPECT_EQ(keys(list()), "zebra(first) ant(second) mouse(first) dog(second) ");
    EXPECT_EQ(keys(list(2)), "zebra(first) ant(second) ");
    EXPECT_EQ(keys(list(0)), "");
    held.erase(held.begin());
    EXPECT_EQ(keys(list(1)), "ant(second) ");
}

TEST_P(LeasesConformance, a_listed_lease_tells_all_about_itself) {
    Lines lines;
    auto const taken_at = loop_.wall_now();
    auto held = std::optional(take(first(), "key"));
    TaskGroup group(loop_);
    Worker a{second(), request("key"), {}, lines, "a"};
    Worker b{second(), request("key"), {}, lines, "b"};
    group.spawn(work(loop_, a));
    group.spawn(work(loop_, b));
    pass(seconds(10));
    auto const views = list();
    ASSERT_EQ(views.size(), 1U);
    auto const& view = views.front();
    EXPECT_EQ(view.key, "key");
    EXPECT_EQ(view.label, "kimi/main/file-extract");
    EXPECT_EQ(view.holder, "first");
    EXPECT_EQ(view.fencing_token, held->fencing_token());
    EXPECT_EQ(view.acquired_at, taken_at);
    EXPECT_EQ(view.expires_at, taken_at + seconds(300));
    EXPECT_EQ(view.waiters, 2U);
    EXPECT_EQ(counts(), "held 1, waiting 2, acquired 1");
    held.reset();
    pass(seconds(1));
    EXPECT_EQ(group.size(), 0U);
    EXPECT_EQ(counts(), "acquired 3, contended 2");
}

}  // namespace
}  // namespace filegate::coordination
