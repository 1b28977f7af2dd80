#include "access/rate_gate.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "coordination/memory_rate_limits.hpp"

namespace filegate::access {
namespace {

class RateGateTest : public ::testing::Test {
protected:
    Arrival from(std::string address, bool has_body = false) {
        return {.door = "http", .peer_address = std::move(address), .has_body = has_body};
    }
    Result<void> knock(Arrival const& arrival) {
        return loop_.run_task(gate_.pass_address(arrival));
    }
    Result<void> come(std::string const& who, Arrival const& arrival) {
        return loop_.run_task(gate_.pass_principal(PrincipalId(who), arrival));
    }
    int knocks_at_once(Arrival const& arrival) {
        int passed = 0;
        while (passed < 1000 && knock(arrival))
            ++passed;
        return passed;
    }
    void pass(seconds time) { loop_.run(loop_.monotonic_now() + time); }

    SimLoop loop_;
    SeededRandom random_{1};
    coordination::MemoryRateLimits limits_{loop_, random_};
    RateGate gate_{{.requests_per_second = 5,
                    .address_requests_per_second = 10,
                    .failed_logins_per_minute = 3,
                    .upload_bytes_per_second = 1000,
                    .burst = seconds(2)},
                   limits_};
};

TEST_F(RateGateTest, an_address_is_slowed_alone_and_told_when_it_may_come_again) {
    EXPECT_EQ(knocks_at_once(from("192.0.2.1")), 20);
    auto const refused = knock(from("192.0.2.1"));
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_NE(refused.error().message.find("10"), std::string::npos);
    EXPECT_TRUE(knock(from("192.0.2.2")));
    pass(seconds(refused.error().retry_after_s.value()));
    EXPECT_TRUE(knock(from("192.0.2.1")));
}

TEST_F(RateGateTest, the_addresses_of_one_ipv6_host_are_one) {
    EXPECT_EQ(knocks_at_once(from("2001:db8:0:1::1")), 20);
    EXPECT_FALSE(knock(from("2001:db8:0:1:ffff::2")));
    EXPECT_TRUE(knock(from("2001:db8:0:2::1")));
}

TEST_F(RateGateTest, failed_logins_stop_their_address_before_a_token_is_looked_at) {
    auto const arrival = from("192.0.2.1");
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(knock(arrival));
        gate_.note_failed_login(arrival);
    }
    auto const refused = knock(arrival);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(refused.error().retry_after_s, 20);
    EXPECT_TRUE(knock(from("192.0.2.2")));
    pass(seconds(19));
    EXPECT_FALSE(knock(arrival));
    pass(seconds(1));
    EXPECT_TRUE(knock(arrival));
}

TEST_F(RateGateTest, a_principal_is_slowed_wherever_it_comes_from) {
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(come("ann", from(fmt::format("192.0.2.{}", i))));
    EXPECT_EQ(come("ann", from("192.0.2.99")).error().retry_after_s, 1);
    EXPECT_TRUE(come("ben", from("192.0.2.99")));
}

TEST_F(RateGateTest, who_has_sent_too_much_sends_no_further_body_for_a_while) {
    auto const arrival = from("192.0.2.1", true);
    gate_.note_bytes(PrincipalId("ann"), arrival, 5000);
    EXPECT_EQ(come("ann", arrival).error().retry_after_s, 4);
    EXPECT_EQ(knock(arrival).error().retry_after_s, 4);
    EXPECT_TRUE(come("ann", from("192.0.2.1"))) << "reading is free";
    EXPECT_TRUE(come("ben", arrival));
    pass(seconds(4));
    EXPECT_TRUE(come("ann", arrival));
    EXPECT_TRUE(knock(arrival));
}

TEST_F(RateGateTest, each_door_counts_for_itself) {
    knocks_at_once(from("192.0.2.1"));
    auto other = from("192.0.2.1");
    other.door = "tus";
    EXPECT_TRUE(knock(other));
}

TEST_F(RateGateTest, zero_is_no_limit) {
    RateGate open({.requests_per_second = 0,
                   .address_requests_per_second = 0,
                   .failed_logins_per_minute = 0,
                   .upload_bytes_per_second = 0},
                  limits_);
    auto const arrival = from("192.0.2.1", true);
    for (int i = 0; i < 100; ++i) {
        open.note_failed_login(arrival);
        open.note_bytes(PrincipalId("ann"), arrival, 1ULL << 40);
        EXPECT_TRUE(loop_.run_task(open.pass_address(arrival)));
        EXPECT_TRUE(loop_.run_task(open.pass_principal(PrincipalId("ann"), arrival)));
    }
}

}  // namespace
}  // namespace filegate::access
