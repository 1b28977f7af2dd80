#include "base/base64url.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate {
namespace {

std::string encoded(std::string_view text) {
    return to_base64url(std::as_bytes(std::span(text)));
}

TEST(base64url, encodes_the_vectors_of_rfc_4648_without_padding) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg");
    EXPECT_EQ(encoded("fo"), "Zm8");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foob"), "Zm9vYg");
    EXPECT_EQ(encoded("fooba"), "Zm9vYmE");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xfb\xff"), "-_8");
}

TEST(base64url, what_is_encoded_is_decoded) {
    SeededRandom random(7);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string text(size, ' ');
        random.fill(std::as_writable_bytes(std::span(text)));
        EXPECT_EQ(from_base64url(encoded(text)), text);
    }
}

TEST(base64url, refuses_what_no_encoding_gives) {
    for (auto const* const text : {"A", "AAAAA", "Zg==", "Zm9v+", "Zm9v/A", "Zm 9", "Zm9v\n"})
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace filegate
