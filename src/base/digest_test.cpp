#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace filegate {
namespace {

TEST(digest, agrees_with_the_published_test_vectors) {
    // FIPS 180-4, the examples of NIST.
    EXPECT_EQ(sha256("abc").hex(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(digest, does_not_depend_on_how_the_bytes_arrive) {
    std::string const text(10'000, 'q');
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += 7) {
        hash.update(std::as_bytes(
            std::span(text).subspan(at).first(std::min<std::size_t>(7, text.size() - at))));
    }
    EXPECT_EQ(hash.finish(), sha256(text));
}

TEST(digest, reads_its_own_hex_in_either_case_and_nothing_else) {
    auto const digest = sha256("abc");
    auto hex = digest.hex();
    EXPECT_EQ(Sha256Digest::from_hex(hex), digest);
    for (auto& c : hex)
        c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(Sha256Digest::from_hex(hex), digest);
    EXPECT_FALSE(Sha256Digest::from_hex(hex.substr(1)));
    EXPECT_FALSE(Sha256Digest::from_hex(hex + "0"));
    hex[10] = 'g';
    EXPECT_FALSE(Sha256Digest::from_hex(hex));
}

}  // namespace
}  // namespace filegate
