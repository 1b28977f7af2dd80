#include "gateway/delivery_queue.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "catalog/memory_catalog.hpp"

namespace filegate::gateway {
namespace {

using Outcomes = std::vector<delivery::Outcome>;

// Takes a second for each try, and fails as often as it is told.
class FakeWork final : public QueuedWork {
public:
    Task<Result<Outcomes>> try_queued(catalog::FileRecord const& file,
                                      catalog::QueuedDelivery const&) override {
        ++running;
        most_running = std::max(most_running, running);
        struct Leave {
            int& running;
            ~Leave() { --running; }
        } const leave{running};
        tried.push_back(file.name);
        co_await sleep_for(seconds(1));
        if (failures-- > 0) {
            Error const error{.code = ErrorCode::upload_failed, .message = "down"};
            co_return Outcomes{{ProviderName("kimi"), error}};
        }
        done.push_back(file.name);
        co_return Outcomes{{ProviderName("kimi"), std::nullopt}};
    }
    Task<void> note_given_up(catalog::FileRecord const& file, Error) override {
        given_up.push_back(file.name);
        co_return;
    }

    int failures = 0;
    int running = 0;
    int most_running = 0;
    std::vector<std::string> tried;
    std::vector<std::string> done;
    std::vector<std::string> given_up;
};

Task<Done> stop(DeliveryQueue& queue, Deadline deadline) {
    co_await queue.stop(deadline);
    co_return Done();
}

class delivery_queue : public testing::Test {
protected:
    ~delivery_queue() override { stop_now(); }

    std::unique_ptr<DeliveryQueue> make() {
        return std::make_unique<DeliveryQueue>(
            DeliveryQueueParts{*catalog_, work_, loop_, ids_, random_, observe::silent_log(),
                               loop_},
            options_);
    }
    void stop_now() {
        if (queue_) loop_.run_task(stop(*queue_, loop_.monotonic_now()));
        queue_.reset();
    }
    FileId file(std::string const& name) {
        return loop_
            .run_task(catalog_->add_file({.id = ids_.file(),
                                          .owner = PrincipalId("ann"),
                                          .name = name,
                                          .purpose = Purpose("assistants"),
                                          .sha256 = sha256(name),
                                          .now = loop_.wall_now()}))
            .value()
            .file.id;
    }
    Result<void> add(std::string const& name) {
        return loop_.run_task(queue_->add(file(name), {}, std::nullopt));
    }
    void pass(milliseconds time) { loop_.run(loop_.monotonic_now() + time); }
    std::uint64_t waiting() { return loop_.run_task(catalog_->count_deliveries()).value(); }

    SimLoop loop_;
    SeededRandom random_{1};
    IdSource ids_{loop_, random_};
    std::unique_ptr<catalog::Catalog> catalog_ = catalog::make_memory_catalog();
    FakeWork work_;
    QueueOptions options_;
    std::unique_ptr<DeliveryQueue> queue_ = make();
};

TEST_F(delivery_queue, what_is_added_is_done_in_order_and_forgotten) {
    options_.at_once = 1;
    queue_ = make();
    for (auto const* const name : {"a", "b", "c"}) {
        ASSERT_TRUE(add(name));
        pass(milliseconds(1));
    }
    EXPECT_EQ(waiting(), 3);
    pass(seconds(5));
    EXPECT_EQ(work_.done, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(waiting(), 0);
    ASSERT_TRUE(add("d")) << "the worker had ended, and is started again";
    pass(seconds(2));
    EXPECT_EQ(work_.done.back(), "d");
}

TEST_F(delivery_queue, as_many_run_at_once_as_may) {
    options_.at_once = 3;
    queue_ = make();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(add(std::to_string(i)));
    pass(seconds(10));
    EXPECT_EQ(work_.most_running, 3);
    EXPECT_EQ(work_.done.size(), 10);
}

TEST_F(delivery_queue, what_fails_is_tried_again_until_it_succeeds) {
    work_.failures = 6;
    ASSERT_TRUE(add("a"));
    pass(std::chrono::hours(1));
    EXPECT_EQ(work_.tried.size(), 7);
    EXPECT_EQ(work_.done.size(), 1);
    EXPECT_TRUE(work_.given_up.empty());
    EXPECT_EQ(waiting(), 0);
}

TEST_F(delivery_queue, the_deadline_ends_it_and_the_owner_is_told) {
    work_.failures = 1'000'000;
    ASSERT_TRUE(add("a"));
    pass(std::chrono::hours(25));
    EXPECT_EQ(work_.given_up, std::vector<std::string>{"a"});
    EXPECT_GT(work_.tried.size(), 100) << "at least every ten minutes of a day";
    EXPECT_EQ(waiting(), 0);
}

TEST_F(delivery_queue, a_stop_in_the_middle_of_it_and_a_restart_lose_nothing) {
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(add(std::to_string(i)));
    pass(milliseconds(500));
    stop_now();
    EXPECT_EQ(waiting(), 5);
    EXPECT_EQ(work_.running, 0);
    queue_ = make();
    queue_->wake();
    pass(seconds(3));
    EXPECT_EQ(work_.done.size(), 5);
}

TEST_F(delivery_queue, many_that_fail_and_end_together_all_go_on) {
    work_.failures = 40;
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(add(std::to_string(i)));
    pass(std::chrono::hours(2));
    EXPECT_EQ(work_.done.size(), 20);
    EXPECT_EQ(waiting(), 0);
}

TEST_F(delivery_queue, a_clock_that_is_set_back_does_not_put_it_off) {
    work_.failures = 1;
    ASSERT_TRUE(add("a"));
    pass(milliseconds(1500));
    loop_.jump_wall(-std::chrono::hours(3));
    pass(seconds(70));
    EXPECT_EQ(work_.done.size(), 1);
}

TEST_F(delivery_queue, a_deleted_file_is_not_tried) {
    auto const id = file("a");
    work_.failures = 1;
    ASSERT_TRUE(loop_.run_task(queue_->add(id, {}, std::nullopt)));
    pass(milliseconds(1500));
    ASSERT_TRUE(loop_.run_task(catalog_->delete_file(PrincipalId("ann"), id, loop_.wall_now())));
    pass(seconds(60));
    EXPECT_EQ(work_.tried.size(), 1);
    EXPECT_EQ(waiting(), 0);
}

TEST_F(delivery_queue, beyond_its_limit_it_says_so) {
    options_.waiting_max = 2;
    queue_ = make();
    ASSERT_TRUE(add("a"));
    ASSERT_TRUE(add("b"));
    auto const refused = add("c");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_TRUE(refused.error().retry_after_s);
}

}  // namespace
}  // namespace filegate::gateway
