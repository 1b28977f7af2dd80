#include "coordination/memory_leases.hpp"

#include <latch>
#include <thread>

#include "base/deadline.hpp"
#include "base/random.hpp"
#include "coordination/leases_conformance.hpp"

namespace filegate::coordination {
namespace {

class MemoryUnderTest final : public LeasesUnderTest {
public:
    explicit MemoryUnderTest(SimLoop& loop)
        : first_({}, loop, "first"), second_(first_, "second") {}
    Leases& first() override { return first_; }
    Leases& second() override { return second_; }
    void kill_first() override { first_.die(); }

private:
    MemoryLeases first_;
    MemoryLeases second_;
};

INSTANTIATE_TEST_SUITE_P(memory, LeasesConformance,
                         ::testing::Values(LeasesKind{"memory", [](SimLoop& loop) {
                                                          return std::make_unique<MemoryUnderTest>(
                                                              loop);
                                                      }}));

// ---- several threads
// -----------------------------------------------------------------------------

constexpr std::size_t key_count = 3;

// Stands still, so that no lease expires however far the threads' simulated times run apart.
class StillClock final : public Clock {
public:
    WallTime wall_now() const override { return WallTime(seconds(1'700'000'000)); }
    MonotonicTime monotonic_now() const override { return MonotonicTime(seconds(1)); }
};

struct Inside {
    std::array<std::atomic<int>, key_count> holders{};
    std::array<std::atomic<std::uint64_t>, key_count> last_token{};
    std::atomic<int> got = 0;
    std::atomic<int> timed_out = 0;
};

Task<void> hammer(SimLoop& loop, Leases& leases, Inside& inside, std::uint64_t seed) {
    SeededRandom random(seed);
    for (int i = 0; i < 100; ++i) {
        auto const key = random.below(key_count);
        LeaseRequest request{.key = std::to_string(key), .label = "label"};
        // Simulated time jumps as soon as a loop has nothing to do: such a deadline is a near one.
        if (random.below(3) == 0) request.deadline = loop.monotonic_now() + milliseconds(1);
        auto const lease = co_await leases.acquire(std::move(request));
        ++(lease ? inside.got : inside.timed_out);
        if (!lease) continue;
        EXPECT_EQ(++inside.holders[key], 1);
        EXPECT_GT(lease->fencing_token(), inside.last_token[key].exchange(lease->fencing_token()));
        co_await sleep_for(milliseconds(random.below(3)));
        EXPECT_TRUE(lease->is_held());
        --inside.holders[key];
    }
}

Task<void> take_and_hold(Leases& leases, std::uint64_t key) {
    auto const lease = co_await leases.acquire({.key = std::to_string(key), .label = "doomed"});
    co_await sleep_for(std::chrono::hours(1));
}

// Some hammer, others are cancelled wherever they happen to be.
Task<Done> hammer_from(SimLoop& loop, Leases& leases, Inside& inside, std::uint64_t name) {
    SeededRandom random(name);
    TaskGroup group(loop);
    for (std::uint64_t i = 0; i < 4; ++i)
        group.spawn(hammer(loop, leases, inside, (name * 10) + i));
    for (int i = 0; i < 100; ++i) {
        TaskGroup doomed(loop);
        doomed.spawn(take_and_hold(leases, key_count));
        doomed.spawn(take_and_hold(leases, key_count));
        co_await sleep_for(milliseconds(random.below(5)));
        co_await doomed.stop(loop.monotonic_now());
    }
    co_await group.join();
    co_return Done();
}

TEST(memory_leases, keep_their_promises_to_executors_on_different_threads) {
    constexpr std::uint64_t threads = 4;
    StillClock const clock;
    MemoryLeases first({.duration = seconds(10)}, clock, "first");
    MemoryLeases second(first, "second");
    Inside inside;
    std::latch start(threads);
    std::vector<std::jthread> running;
    for (std::uint64_t name = 1; name <= threads; ++name) {
        running.emplace_back([&, name] {
            SimLoop loop;
            start.arrive_and_wait();
            loop.run_task(hammer_from(loop, name % 2 == 0 ? first : second, inside, name));
        });
    }
    running.clear();
    EXPECT_EQ(inside.got + inside.timed_out, int{threads} * 4 * 100);
    SimLoop loop;
    auto const statistics = loop.run_task(first.statistics()).value();
    EXPECT_EQ(statistics.held, 0U);
    EXPECT_EQ(statistics.waiting, 0U);
    EXPECT_EQ(statistics.expired, 0U);
    EXPECT_EQ(statistics.timed_out, static_cast<std::uint64_t>(inside.timed_out));
    EXPECT_GE(statistics.acquired, static_cast<std::uint64_t>(inside.got));
}

// ---- a process that stood still
// ------------------------------------------------------------------

// The loop's time, and what the rest of the world has seen pass while the loop stood still.
class RunawayClock final : public Clock {
public:
    explicit RunawayClock(SimLoop const& loop) : loop_(loop) {}
    WallTime wall_now() const override { return loop_.wall_now() + ahead; }
    MonotonicTime monotonic_now() const override { return loop_.monotonic_now() + ahead; }
    seconds ahead{0};

private:
    SimLoop const& loop_;
};

TEST(memory_leases, a_holder_that_stood_still_for_too_long_has_lost_its_lease_for_good) {
    SimLoop loop;
    RunawayClock clock(loop);
    MemoryLeases frozen({}, clock, "frozen");
    MemoryLeases other(frozen, "other");
    auto lease =
        std::optional(loop.run_task(frozen.acquire({.key = "key", .label = "label"})).value());
    clock.ahead = seconds(299);
    EXPECT_TRUE(lease->is_held());
    clock.ahead = seconds(300);
    EXPECT_FALSE(lease->is_held()) << "before anybody else has noticed";
    loop.run(loop.monotonic_now() + seconds(500));  // a renewal that comes too late
    EXPECT_FALSE(lease->is_held());
    auto const next = loop.run_task(other.acquire({.key = "key", .label = "label"})).value();
    EXPECT_GT(next.fencing_token(), lease->fencing_token());
    lease.reset();
    EXPECT_TRUE(next.is_held());
    EXPECT_EQ(loop.run_task(other.statistics()).value().expired, 1U);
}

// ---- who outlives whom
// ---------------------------------------------------------------------------

TEST(memory_leases, a_lease_may_outlive_the_leases_it_came_from) {
    SimLoop loop;
    auto leases = std::make_unique<MemoryLeases>(LeaseOptions{}, loop, "node");
    auto lease =
        std::optional(loop.run_task(leases->acquire({.key = "key", .label = "label"})).value());
    leases.reset();
    loop.run(loop.monotonic_now() + seconds(1000));
    EXPECT_TRUE(lease->is_held());
    lease.reset();
}

TEST(memory_leases, a_lease_that_ended_leaves_no_timer_behind) {
    SimLoop loop;
    MemoryLeases leases({}, loop, "node");
    loop.run_task(leases.acquire({.key = "key", .label = "label"})).value();
    loop.run();
    EXPECT_EQ(loop.monotonic_now().time_since_epoch(), seconds(0));
}

}  // namespace
}  // namespace filegate::coordination
