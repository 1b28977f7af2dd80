#include "base/random.hpp"

#include <gtest/gtest.h>

namespace filegate {
namespace {

TEST(random, the_same_seed_gives_the_same_sequence) {
    SeededRandom one(42);
    SeededRandom two(42);
    SeededRandom other(43);
    for (int i = 0; i < 100; ++i) {
        auto const value = one.next();
        EXPECT_EQ(value, two.next());
        EXPECT_NE(value, other.next());
    }
}

TEST(random, uniform_stays_in_its_interval_and_fills_it) {
    SeededRandom random(5);
    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
        auto const value = random.uniform();
        ASSERT_GE(value, 0.0);
        ASSERT_LT(value, 1.0);
        sum += value;
    }
    EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(random, the_systems_generator_does_not_repeat_itself) {
    SystemRandom random;
    EXPECT_NE(random.next(), random.next());
}

}  // namespace
}  // namespace filegate
