#include "coordination/lease_table.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::coordination {
namespace {

class lease_table : public ::testing::Test {
protected:
    SimLoop loop_;
    LeaseTable table_{{.duration = seconds(30)}, loop_};
    LeaseTable::Node const node_ = table_.add_node("node");
    LeaseRequest const request_{.key = "key", .label = "label"};
};

TEST_F(lease_table, a_waiter_looks_again_when_the_holder_may_have_expired) {
    auto const token = table_.try_take(node_, request_);
    ASSERT_TRUE(token);
    LeaseTable::Waiter waiter(table_, node_, request_);
    EXPECT_FALSE(table_.take_or_wait(waiter));
    EXPECT_EQ(table_.look_again(waiter), seconds(30));
    loop_.run(MonotonicTime(seconds(10)));
    EXPECT_TRUE(table_.renew(node_, "key", *token));
    loop_.run(MonotonicTime(seconds(30)));
    EXPECT_EQ(table_.look_again(waiter), seconds(10)) << "it was renewed";
    loop_.run(MonotonicTime(seconds(40)));
    EXPECT_FALSE(table_.look_again(waiter)) << "it has the lease now";
    ASSERT_TRUE(waiter.token);
    EXPECT_GT(*waiter.token, *token);
    EXPECT_FALSE(table_.renew(node_, "key", *token));
    table_.release(node_, "key", *token);
    EXPECT_TRUE(table_.is_held("key", *waiter.token)) << "what is lost frees nothing";
}

TEST_F(lease_table, a_forgotten_waiter_is_granted_nothing_and_looks_no_more) {
    auto const token = table_.try_take(node_, request_);
    LeaseTable::Waiter waiter(table_, node_, request_);
    EXPECT_FALSE(table_.take_or_wait(waiter));
    table_.forget(waiter);
    table_.release(node_, "key", *token);
    EXPECT_FALSE(table_.look_again(waiter));
    EXPECT_FALSE(waiter.token);
    EXPECT_EQ(table_.statistics().held, 0U);
}

TEST_F(lease_table, forgetting_one_that_was_granted_takes_nothing_away) {
    auto const token = table_.try_take(node_, request_);
    LeaseTable::Waiter waiter(table_, node_, request_);
    EXPECT_FALSE(table_.take_or_wait(waiter));
    table_.release(node_, "key", *token);
    table_.forget(waiter);
    ASSERT_TRUE(waiter.token);
    EXPECT_TRUE(table_.is_held("key", *waiter.token));
}

TEST_F(lease_table, is_renewed_well_before_it_ends) {
    EXPECT_EQ(table_.renewal_interval(), seconds(10));
}

}  // namespace
}  // namespace filegate::coordination
