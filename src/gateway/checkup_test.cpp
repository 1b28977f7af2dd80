#include "gateway/checkup.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::gateway {
namespace {

using State = PartHealth::State;

Task<void> ask_into(Checkup* checkup, seconds patience, PartHealth* out) {
    *out = co_await checkup->ask("disk", patience);
}

// A part that answers after a while, or never, and cannot be called back.
class SlowPart {
public:
    Checkup::Examination examination() {
        return [this] { return examine(this); };
    }
    void answer() { std::exchange(pending_, nullptr)->complete(); }

    int asked = 0;

private:
    static Task<PartHealth> examine(SlowPart* part) {
        ++part->asked;
        Completion<> answered;
        part->pending_ = &answered;
        co_await answered;
        co_return PartHealth{.name = "disk", .what = "fine"};
    }

    Completion<>* pending_ = nullptr;
};

class CheckupTest : public testing::Test {
protected:
    ~CheckupTest() override { loop.run(); }

    SimLoop loop;
    TaskGroup examinations{loop};
    TaskGroup askers{loop};
    SlowPart part;
    Checkup checkup{loop, examinations, part.examination()};
};

TEST_F(CheckupTest, an_answer_goes_to_everybody_who_asks_meanwhile) {
    std::vector<PartHealth> healths(3);
    for (auto& health : healths)
        askers.spawn(ask_into(&checkup, seconds(5), &health));
    loop.run(loop.monotonic_now() + seconds(1));
    EXPECT_EQ(part.asked, 1);
    part.answer();
    loop.run();
    for (auto const& health : healths)
        EXPECT_EQ(health.what, "fine");
}

TEST_F(CheckupTest, a_part_that_hangs_is_unwell_in_time_and_is_not_asked_again) {
    PartHealth first;
    PartHealth second;
    askers.spawn(ask_into(&checkup, seconds(5), &first));
    loop.run(loop.monotonic_now() + seconds(5));
    EXPECT_EQ(first.name, "disk");
    EXPECT_EQ(first.state, State::unwell);
    EXPECT_EQ(first.what, "no answer within 5 s");
    askers.spawn(ask_into(&checkup, seconds(2), &second));
    loop.run(loop.monotonic_now() + seconds(2));
    EXPECT_EQ(second.what, "no answer within 2 s");
    EXPECT_EQ(part.asked, 1);

    part.answer();
    loop.run();
    askers.spawn(ask_into(&checkup, seconds(5), &first));
    loop.run(loop.monotonic_now() + seconds(1));
    EXPECT_EQ(part.asked, 2);
    part.answer();
    loop.run();
    EXPECT_EQ(first.what, "fine");
}

TEST_F(CheckupTest, whoever_asks_while_it_hangs_gets_the_late_answer) {
    PartHealth impatient;
    PartHealth patient;
    askers.spawn(ask_into(&checkup, seconds(1), &impatient));
    loop.run(loop.monotonic_now() + seconds(2));
    askers.spawn(ask_into(&checkup, seconds(5), &patient));
    loop.run(loop.monotonic_now() + seconds(1));
    part.answer();
    loop.run();
    EXPECT_EQ(impatient.state, State::unwell);
    EXPECT_EQ(patient.what, "fine");
    EXPECT_EQ(part.asked, 1);
}

TEST_F(CheckupTest, a_cancelled_asker_is_gone_at_once_and_the_others_stay) {
    PartHealth kept{.what = "untold"};
    PartHealth cancelled{.what = "untold"};
    TaskGroup leaving(loop);
    leaving.spawn(ask_into(&checkup, seconds(5), &cancelled));
    askers.spawn(ask_into(&checkup, seconds(5), &kept));
    loop.run(loop.monotonic_now() + seconds(1));
    leaving.cancel();
    loop.run(loop.monotonic_now());
    EXPECT_EQ(leaving.size(), 0U);
    part.answer();
    loop.run();
    EXPECT_EQ(kept.what, "fine");
    EXPECT_EQ(cancelled.what, "untold");
}

Task<Done> wait_for(Completion<>* told) {
    co_await *told;
    co_return Done();
}

Task<PartHealth> examine_at_once() {
    co_return PartHealth{.name = "disk"};
}

// Simulated time jumps while another thread examines: every asker's patience ends in the same
// moment in which it may be told.
TEST(checkup, askers_of_several_threads_are_told_or_give_up_and_nothing_is_lost) {
    Completion<> is_over;
    std::optional<Checkup> checkup;
    std::atomic<bool> is_ready = false;
    std::jthread background([&] {
        SimLoop loop;
        TaskGroup examinations(loop);
        checkup.emplace(loop, examinations, examine_at_once);
        is_ready = true;
        is_ready.notify_all();
        loop.run_task(wait_for(&is_over));
        loop.run();
        checkup.reset();
    });
    is_ready.wait(false);
    std::atomic<int> answers = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                SimLoop loop;
                for (int round = 0; round < 300; ++round) {
                    auto const health = loop.run_task(checkup->ask("disk", seconds(5)));
                    answers += health.what == "ok" || health.state == State::unwell ? 1 : 0;
                }
            });
        }
    }
    is_over.complete();
    background.join();
    EXPECT_EQ(answers, 900);
}

}  // namespace
}  // namespace filegate::gateway
