#include "coordination/memory_rate_limits.hpp"

#include "coordination/rate_limits_conformance.hpp"

namespace filegate::coordination {
namespace {

class MemoryUnderTest final : public RateLimitsUnderTest {
public:
    explicit MemoryUnderTest(SimLoop& loop) : limits_(loop, random_) {}
    RateLimits& limits() override { return limits_; }

private:
    SeededRandom random_{3};
    MemoryRateLimits limits_;
};

INSTANTIATE_TEST_SUITE_P(memory, RateLimitsConformance,
                         ::testing::Values(RateLimitsKind{
                             "memory", [](SimLoop& loop) {
                                 return std::make_unique<MemoryUnderTest>(loop);
                             }}));

constexpr Rate rate{.units = 10, .per = seconds(1), .burst = 20};

RateKey address(int number) {
    return {.door = "http", .whom = Whom::address, .name = fmt::format("10.0.0.{}", number)};
}

TEST(memory_rate_limits, a_flood_of_addresses_takes_no_more_memory_and_washes_nobody_clean) {
    SimLoop loop;
    SeededRandom random(5);
    MemoryRateLimits limits(loop, random, 1024);
    auto const before = limits.memory_bytes();
    while (limits.take_now(address(-1), rate, 1) == nanoseconds(0))
        continue;
    for (int i = 0; i < 200'000; ++i)
        EXPECT_EQ(limits.take_now(address(i), rate, 1), nanoseconds(0)) << "locked out by others";
    EXPECT_GT(limits.take_now(address(-1), rate, 1), nanoseconds(0)) << "forgotten in the flood";
    EXPECT_EQ(limits.memory_bytes(), before);
    EXPECT_EQ(before, 1024U * 16);
}

TEST(memory_rate_limits, those_who_only_look_push_nobody_out) {
    SimLoop loop;
    SeededRandom random(5);
    MemoryRateLimits limits(loop, random, 8);
    for (int i = 0; i < 8; ++i)
        limits.charge(address(i), rate, 25);
    for (int i = 100; i < 1000; ++i)
        EXPECT_EQ(loop.run_task(limits.look(address(i), rate)), nanoseconds(0));
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(loop.run_task(limits.look(address(i), rate)), milliseconds(600));
}

TEST(memory_rate_limits, a_fresh_bucket_takes_the_place_of_the_one_that_is_fullest) {
    SimLoop loop;
    SeededRandom random(5);
    MemoryRateLimits limits(loop, random, 8);
    for (int i = 0; i < 8; ++i)
        limits.charge(address(i), rate, static_cast<std::uint64_t>(21 + i));
    limits.charge(address(8), rate, 30);
    EXPECT_EQ(loop.run_task(limits.look(address(0), rate)), nanoseconds(0));
    for (int i = 1; i < 9; ++i)
        EXPECT_GT(loop.run_task(limits.look(address(i), rate)), nanoseconds(0)) << i;
}

}  // namespace
}  // namespace filegate::coordination
