#include "ingest/size_limit.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::ingest {
namespace {

// Endless; notes how much was asked of it.
class EndlessSource final : public ByteSource {
public:
    std::uint64_t bytes = 0;
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        bytes += into.size();
        co_return into.size();
    }
};

// The size, or the error's number.
std::string read(std::size_t size, std::uint64_t limit) {
    SimLoop loop;
    MemorySource body(std::string(size, 'x'));
    SizeLimit limited(body, limit);
    auto const text = loop.run_task(read_all(limited, 1 << 20));
    return text ? std::to_string(text->size())
                : "error " + std::to_string(static_cast<int>(text.error().code));
}

TEST(size_limit, one_byte_decides) {
    auto const too_large = "error " + std::to_string(static_cast<int>(ErrorCode::file_too_large));
    EXPECT_EQ(read(0, 0), "0");
    EXPECT_EQ(read(1, 0), too_large);
    EXPECT_EQ(read(70'000, 70'000), "70000");
    EXPECT_EQ(read(70'001, 70'000), too_large);
    EXPECT_EQ(read(10, std::numeric_limits<std::uint64_t>::max()), "10");
}

TEST(size_limit, one_byte_beyond_is_all_it_asks_for) {
    SimLoop loop;
    for (std::size_t const buffer_bytes : {1U, 7U, 999U, 1000U, 1001U, 5000U}) {
        EndlessSource body;
        SizeLimit limited(body, 1000);
        std::vector<std::byte> buffer(buffer_bytes);
        std::uint64_t bytes = 0;
        while (auto const count = loop.run_task(limited.read(buffer)))
            bytes += *count;
        EXPECT_EQ(body.bytes, 1001U) << buffer_bytes;
        EXPECT_LE(bytes, 1000U) << buffer_bytes;
        EXPECT_FALSE(loop.run_task(limited.read(buffer))) << "spent";
    }
}

}  // namespace
}  // namespace filegate::ingest
