#include "net/chunked.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::net {
namespace {

struct Decoded {
    std::string body;
    std::string rest;
    bool is_done = false;
    bool has_failed = false;

    friend bool operator==(Decoded const&, Decoded const&) = default;
};

// Feeds `raw` in pieces of the sizes `next_size` gives.
template <class NextSize>
Decoded decode(std::string_view raw, NextSize next_size) {
    Decoded decoded;
    ChunkedDecoder decoder;
    while (!raw.empty() && !decoder.is_done()) {
        std::string piece(raw.substr(0, next_size()));
        auto const step = decoder.decode(std::as_writable_bytes(std::span(piece)));
        if (!step) {
            decoded.has_failed = true;
            return decoded;
        }
        decoded.body += piece.substr(0, step->produced);
        raw.remove_prefix(step->consumed);
    }
    decoded.rest = raw;
    decoded.is_done = decoder.is_done();
    return decoded;
}

Decoded decode_at_once(std::string_view raw) {
    return decode(raw, [&] { return raw.size(); });
}

TEST(chunked, gives_the_same_body_however_the_bytes_are_split) {
    std::string const raw =
        "5;x=y\r\nhello\r\n001\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\nB:\t2\r\n\r\nGET / "
        "rest";
    Decoded const whole{.body = "hello 0123456789", .rest = "GET / rest", .is_done = true};
    EXPECT_EQ(decode_at_once(raw), whole);
    for (std::size_t size = 1; size < raw.size(); ++size)
        EXPECT_EQ(decode(raw, [&] { return size; }), whole) << size;
    constexpr std::uint64_t seed = 7;
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(decode(raw, [&] { return 1 + random.below(9); }), whole);
}

TEST(chunked, refuses_what_the_grammar_does_not_have) {
    for (std::string const raw : {"\r\n",
                                  "g\r\n",
                                  "-1\r\n",
                                  "+1\r\n",
                                  " 1\r\n",
                                  "1 \r\n",
                                  "0x1\r\n",
                                  "1\n",
                                  "1\r\r\n",
                                  "1\rx",
                                  "1\r\nab",
                                  "1\r\na\n",
                                  "1\r\na\rx",
                                  "1;\x01\r\n",
                                  "1;a\nb\r\n",
                                  "1;\x7f\r\n",
                                  "0\r\nA\n",
                                  "0\r\nA\rB",
                                  "0\r\n\rx",
                                  "0\r\n\n",
                                  "0\r\nA: \x02\r\n",
                                  "00000000000000001\r\n",
                                  "0,\r\n"}) {
        EXPECT_TRUE(decode_at_once(raw).has_failed) << raw;
        EXPECT_TRUE(decode(raw, [] { return 1; }).has_failed) << raw;
    }
}

TEST(chunked, takes_sizes_of_sixteen_digits_and_no_more) {
    EXPECT_EQ(decode_at_once("0000000000000001\r\na\r\n0000000000000000\r\n\r\n").body, "a");
    ChunkedDecoder decoder;
    std::string largest = "FFFFFFFFFFFFFFFF\r\n";
    EXPECT_TRUE(decoder.decode(std::as_writable_bytes(std::span(largest))));
    EXPECT_EQ(decoder.data_bytes_ahead(), UINT64_MAX);
}

TEST(chunked, bounds_extensions_and_trailers) {
    auto const with_extension = [](std::size_t bytes) {
        return decode_at_once("1;" + std::string(bytes, 'e') + "\r\na\r\n0\r\n\r\n");
    };
    EXPECT_EQ(with_extension(1024).body, "a");
    EXPECT_TRUE(with_extension(1025).has_failed);
    auto const with_trailers = [](std::size_t lines, std::size_t bytes) {
        std::string raw = "0\r\n";
        for (std::size_t i = 0; i < lines; ++i)
            raw += std::string(bytes, 't') + "\r\n";
        return decode_at_once(raw + "\r\n");
    };
    EXPECT_TRUE(with_trailers(8, 1024).is_done);
    EXPECT_TRUE(with_trailers(9, 1024).has_failed);
    EXPECT_TRUE(with_trailers(1, 8 * 1024 + 1).has_failed);
}

TEST(chunked, is_not_done_before_the_last_line_has_ended) {
    std::string const raw = "1\r\na\r\n0\r\nT: 1\r\n\r\n";
    for (std::size_t size = 0; size < raw.size(); ++size)
        EXPECT_FALSE(decode_at_once(raw.substr(0, size)).is_done) << size;
    EXPECT_TRUE(decode_at_once(raw).is_done);
}

}  // namespace
}  // namespace filegate::net
