#include "ingest/buffer_pool.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/sim_loop.hpp"
#include "base/task_group.hpp"

namespace filegate::ingest {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

TEST(buffer_pool, offers_sizes_up_to_the_largest) {
    auto const sizes_for = [](std::size_t largest) {
        BufferPool const pool(8 * mib, largest);
        return std::vector(pool.sizes().begin(), pool.sizes().end());
    };
    EXPECT_EQ(sizes_for(mib), (std::vector{16 * kib, 64 * kib, 256 * kib, mib}));
    EXPECT_EQ(sizes_for(64 * kib), (std::vector{16 * kib, 64 * kib}));
    EXPECT_EQ(sizes_for(16 * kib), (std::vector{16 * kib}));
    EXPECT_EQ(sizes_for(4 * kib), (std::vector{4 * kib}));
    EXPECT_EQ(sizes_for(20 * kib), (std::vector{16 * kib, 20 * kib}));
}

TEST(buffer_pool, hands_out_whole_writable_pages) {
    SimLoop loop;
    BufferPool pool(mib, 64 * kib);
    for (auto const size : pool.sizes()) {
        auto const buffer = loop.run_task(pool.take(size));
        EXPECT_EQ(buffer.size(), size);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % 4096, 0U);
        std::memset(buffer.bytes().data(), 1, size);
    }
}

TEST(buffer_pool, leaves_a_quarter_of_the_memory_to_those_who_hold_nothing) {
    SimLoop loop;
    BufferPool pool(mib, 64 * kib);
    std::vector<BufferPool::Buffer> held;
    while (auto buffer = pool.try_take(64 * kib))
        held.push_back(std::move(*buffer));
    EXPECT_EQ(held.size(), 12U);
    for (int i = 0; i < 4; ++i)
        held.push_back(loop.run_task(pool.take(64 * kib)));
    EXPECT_EQ(pool.memory_bytes(), mib);
    EXPECT_FALSE(pool.try_take(16 * kib));
}

TEST(buffer_pool, lets_growth_have_back_only_what_growth_returned) {
    SimLoop loop;
    BufferPool pool(mib, 64 * kib);
    std::vector<BufferPool::Buffer> grown;
    while (auto buffer = pool.try_take(64 * kib))
        grown.push_back(std::move(*buffer));
    {
        auto const taken = loop.run_task(pool.take(64 * kib));
    }
    EXPECT_FALSE(pool.try_take(64 * kib));
    grown.pop_back();
    EXPECT_TRUE(pool.try_take(64 * kib));
}

TEST(buffer_pool, never_maps_more_than_its_limit_whatever_sizes_are_asked_for) {
    SimLoop loop;
    BufferPool pool(mib, 256 * kib);
    SeededRandom random(7);
    std::vector<BufferPool::Buffer> held;
    for (int i = 0; i < 20'000; ++i) {
        auto buffer = pool.try_take(pool.sizes()[random.below(3)]);
        if (buffer) held.push_back(std::move(*buffer));
        auto const is_full = !buffer;
        while (!held.empty() && (is_full ? random.below(4) != 0 : random.below(4) == 0)) {
            std::swap(held[random.below(held.size())], held.back());
            held.pop_back();
        }
        ASSERT_LE(pool.memory_bytes(), mib);
    }
}

TEST(buffer_pool, keeps_little_when_idle) {
    SimLoop loop;
    BufferPool pool(48 * mib, mib);
    {
        std::vector<BufferPool::Buffer> held;
        while (auto buffer = pool.try_take(mib))
            held.push_back(std::move(*buffer));
        EXPECT_EQ(held.size(), 36U);
        EXPECT_EQ(pool.memory_bytes(), 36 * mib);
    }
    EXPECT_EQ(pool.memory_bytes(), 4 * mib);
}

Task<void> take_in_turn(BufferPool& pool, int number, std::vector<int>& order) {
    auto const buffer = co_await pool.take(pool.sizes().back());
    order.push_back(number);
    co_await sleep_for(seconds(1));
}

Task<Done> queue_up(SimLoop& loop, BufferPool& pool, std::vector<int>& order) {
    TaskGroup group(loop);
    for (int i = 0; i < 6; ++i)
        group.spawn(take_in_turn(pool, i, order));
    co_await group.join();
    co_return Done();
}

TEST(buffer_pool, serves_those_who_wait_in_order) {
    SimLoop loop;
    BufferPool pool(64 * kib, 64 * kib);
    std::vector<int> order;
    loop.run_task(queue_up(loop, pool, order));
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(loop.monotonic_now().time_since_epoch(), seconds(6));
}

}  // namespace
}  // namespace filegate::ingest
