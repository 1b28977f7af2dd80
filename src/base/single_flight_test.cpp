#include "base/single_flight.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate {
namespace {

using Flight = SingleFlight<std::string>;

enum class End : std::uint8_t { lands, hands_on };

// Works for a second when it has the lead; tells who worked and what each one got.
Task<void> fly(Flight& flight, std::string name, End end, std::vector<std::string>& told) {
    auto turn = co_await flight.board("key");
    if (auto* const result = std::get_if<std::string>(&turn)) {
        told.push_back(name + " got " + *result);
        co_return;
    }
    co_await sleep_for(seconds(1));
    told.push_back(name + " worked");
    if (end == End::lands) std::get<Flight::Lead>(std::move(turn)).land("the work of " + name);
}

TEST(single_flight, one_works_and_all_who_wait_get_its_result) {
    SimLoop loop;
    Flight flight;
    std::vector<std::string> told;
    TaskGroup group(loop);
    for (auto const* const name : {"a", "b", "c"})
        group.spawn(fly(flight, name, End::lands, told));
    loop.run();
    EXPECT_EQ(told,
              (std::vector<std::string>{"a worked", "b got the work of a", "c got the work of a"}));
    EXPECT_EQ(flight.size(), 0);
}

TEST(single_flight, who_comes_after_the_landing_works_anew) {
    SimLoop loop;
    Flight flight;
    std::vector<std::string> told;
    TaskGroup group(loop);
    group.spawn(fly(flight, "a", End::lands, told));
    loop.run();
    group.spawn(fly(flight, "b", End::lands, told));
    loop.run();
    EXPECT_EQ(told, (std::vector<std::string>{"a worked", "b worked"}));
}

TEST(single_flight, a_worker_without_a_result_hands_on_to_the_longest_waiting) {
    SimLoop loop;
    Flight flight;
    std::vector<std::string> told;
    TaskGroup group(loop);
    group.spawn(fly(flight, "a", End::hands_on, told));
    group.spawn(fly(flight, "b", End::lands, told));
    group.spawn(fly(flight, "c", End::lands, told));
    loop.run();
    EXPECT_EQ(told, (std::vector<std::string>{"a worked", "b worked", "c got the work of b"}));
}

TEST(single_flight, a_cancelled_worker_hands_on_and_a_cancelled_waiter_is_passed_over) {
    SimLoop loop;
    Flight flight;
    std::vector<std::string> told;
    TaskGroup first(loop);
    TaskGroup second(loop);
    TaskGroup third(loop);
    first.spawn(fly(flight, "a", End::lands, told));
    loop.run(MonotonicTime(milliseconds(100)));
    second.spawn(fly(flight, "b", End::lands, told));
    third.spawn(fly(flight, "c", End::lands, told));
    loop.run(MonotonicTime(milliseconds(500)));
    second.cancel();
    first.cancel();
    loop.run();
    EXPECT_EQ(told, (std::vector<std::string>{"c worked"}));
    EXPECT_EQ(flight.size(), 0);
}

// The lead is given, and the one who gets it is cancelled before it runs.
TEST(single_flight, a_lead_given_to_one_who_is_cancelled_at_that_instant_goes_on) {
    SimLoop loop;
    Flight flight;
    std::vector<std::string> told;
    TaskGroup first(loop);
    TaskGroup second(loop);
    TaskGroup third(loop);
    first.spawn(fly(flight, "a", End::hands_on, told));
    loop.run(MonotonicTime(milliseconds(100)));
    second.spawn(fly(flight, "b", End::lands, told));
    third.spawn(fly(flight, "c", End::lands, told));
    loop.run(MonotonicTime(milliseconds(500)));
    first.cancel();
    second.cancel();
    loop.run();
    EXPECT_EQ(told, (std::vector<std::string>{"c worked"}));
    EXPECT_EQ(flight.size(), 0);
}

Task<int> fly_once(Flight& flight, std::atomic<int>& turns) {
    auto turn = co_await flight.board("key");
    if (auto* const lead = std::get_if<Flight::Lead>(&turn))
        std::move(*lead).land("a result that is too long for the string itself");
    co_return ++turns;
}

// Again and again, from a thread of its own.
void fly_often(Flight& flight, int times, std::atomic<int>& turns) {
    SimLoop loop;
    for (int i = 0; i < times; ++i)
        loop.run_task(fly_once(flight, turns));
}

// The landing comes while another thread is between taking its place and waiting.
TEST(single_flight, threads_that_board_and_land_at_once_all_get_a_turn) {
    Flight flight;
    std::atomic<int> turns = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { fly_often(flight, 5000, turns); });
    }
    EXPECT_EQ(turns, 20'000);
    EXPECT_EQ(flight.size(), 0);
}

}  // namespace
}  // namespace filegate
