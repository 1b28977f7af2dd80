#include "sandbox/slow_source.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::sandbox {
namespace {

struct Reading {
    std::string text;
    milliseconds until_first{-1};
    milliseconds whole{0};
    int pauses = 0;
};

Task<Reading> read_to_end(SlowSource& source, Clock const& clock, std::size_t buffer_bytes) {
    Reading reading;
    std::vector<std::byte> buffer(buffer_bytes);
    auto const begin = clock.monotonic_now();
    auto last = begin;
    while (true) {
        auto const count = co_await source.read(buffer);
        auto const now = clock.monotonic_now();
        if (now > std::exchange(last, now)) ++reading.pauses;
        if (*count == 0) break;
        if (reading.text.empty()) {
            reading.until_first = std::chrono::floor<milliseconds>(now - begin);
        }
        reading.text.append(reinterpret_cast<char const*>(buffer.data()), *count);
    }
    reading.whole = std::chrono::floor<milliseconds>(last - begin);
    co_return reading;
}

Reading read_slowly(std::string text, std::optional<std::uint64_t> size,
                    std::size_t buffer_bytes = 1024) {
    SimLoop loop;
    MemorySource inner(std::move(text));
    SlowSource source(inner, size, milliseconds(14'400));
    return loop.run_task(read_to_end(source, loop, buffer_bytes));
}

TEST(slow_source, gives_everything_in_the_time_it_is_to_take) {
    for (std::size_t const size : {1UL, 2UL, 15UL, 16UL, 17UL, 31UL, 33UL, 5'000UL}) {
        for (std::size_t const buffer_bytes : {1UL, 7UL, 1024UL}) {
            std::string const text(size, 'x');
            auto const reading = read_slowly(text, size, buffer_bytes);
            EXPECT_EQ(reading.text, text) << size;
            EXPECT_NEAR(static_cast<double>(reading.whole.count()), 14'400, 1) << size;
            EXPECT_LE(reading.pauses, 16) << size;
            EXPECT_EQ(reading.pauses, std::min<std::size_t>(reading.pauses, size)) << size;
        }
    }
    EXPECT_EQ(read_slowly(std::string(160, 'x'), 160).pauses, 16);
    EXPECT_EQ(read_slowly(std::string(160, 'x'), 160).until_first, milliseconds(900));
}

TEST(slow_source, waits_before_a_body_of_unknown_size) {
    auto const reading = read_slowly(std::string(5'000, 'x'), std::nullopt);
    EXPECT_EQ(reading.text.size(), 5'000U);
    EXPECT_EQ(reading.until_first, milliseconds(14'400));
    EXPECT_EQ(reading.whole, milliseconds(14'400));
}

TEST(slow_source, is_no_slower_for_bytes_beyond_what_was_announced) {
    auto const reading = read_slowly(std::string(100, 'x'), 16);
    EXPECT_EQ(reading.text.size(), 100U);
    EXPECT_EQ(reading.whole, milliseconds(14'400));
}

TEST(slow_source, passes_an_error_on) {
    class Failing final : public ByteSource {
        Task<Result<std::size_t>> read(std::span<std::byte>) override {
            co_return fail(ErrorCode::storage_error, "gone");
        }
    };
    SimLoop loop;
    Failing inner;
    SlowSource source(inner, 10, milliseconds(10));
    std::byte byte{};
    auto const count = loop.run_task(source.read(std::span(&byte, 1)));
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().message, "gone");
}

}  // namespace
}  // namespace filegate::sandbox
