#include "net/connection_stream.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::net {
namespace {

void put(InputBuffer& buffer, std::string_view text, std::size_t bytes_max) {
    while (!text.empty()) {
        auto const space = buffer.space(bytes_max);
        ASSERT_FALSE(space.empty());
        auto const taken = std::min(space.size(), text.size());
        std::ranges::copy(std::as_bytes(std::span(text).first(taken)), space.begin());
        buffer.grow_by(taken);
        text.remove_prefix(taken);
    }
}

TEST(input_buffer, gives_back_what_was_put_in_whatever_is_done_to_it) {
    constexpr std::uint64_t seed = 11;
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    InputBuffer buffer;
    std::string expected;
    for (int i = 0; i < 20'000; ++i) {
        std::string const text(1 + random.below(700), static_cast<char>('a' + random.below(26)));
        if (random.below(3) == 0) {
            auto const taken = random.below(expected.size() + 1);
            buffer.consume(taken);
            expected.erase(0, taken);
        } else if (random.below(4) == 0 && expected.size() < 20'000) {
            buffer.put_back(std::as_bytes(std::span(text)));
            expected.insert(0, text);
        } else if (expected.size() + text.size() <= 9000) {
            put(buffer, text, 9000);
            expected += text;
        }
        ASSERT_EQ(buffer.text(), expected) << i;
    }
}

TEST(input_buffer, has_no_space_beyond_its_limit) {
    InputBuffer buffer;
    put(buffer, std::string(100, 'x'), 100);
    EXPECT_TRUE(buffer.space(100).empty());
    buffer.consume(1);
    EXPECT_EQ(buffer.space(100).size(), 1U);
    EXPECT_FALSE(buffer.space(101).empty());
}

TEST(outgoing, forgets_what_has_left_piece_by_piece) {
    std::string const all = "onetwothree";
    for (std::size_t step = 1; step <= all.size(); ++step) {
        Outgoing outgoing{"one", "", "two", "three"};
        std::string sent;
        while (!outgoing.is_empty()) {
            std::string offered;
            for (auto const& piece : outgoing.pieces())
                offered.append(static_cast<char const*>(piece.iov_base), piece.iov_len);
            ASSERT_EQ(sent + offered, all);
            auto const now = std::min(step, offered.size());
            sent += offered.substr(0, now);
            outgoing.advance(now);
        }
        EXPECT_EQ(sent, all);
    }
}

}  // namespace
}  // namespace filegate::net
