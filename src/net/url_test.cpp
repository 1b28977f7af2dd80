#include "net/url.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace filegate::net {
namespace {

using namespace std::string_literals;

TEST(url, decodes_escapes_and_leaves_the_rest_alone) {
    struct Case {
        std::string_view text;
        std::string_view decoded;
    };
    std::vector<Case> const cases{
        {"", ""},
        {"plain", "plain"},
        {"a%20b", "a b"},
        {"a+b", "a+b"},
        {"%2F%2f", "//"},
        {"%E6%96%87%E4%BB%B6.txt", "文件.txt"},
        {"%25%32%35", "%25"},
        {"100%25", "100%"},
        {"\xff%fF", "\xff\xff"},
    };
    for (auto const& [text, decoded] : cases)
        EXPECT_EQ(percent_decode(text).value(), decoded) << text;
}

TEST(url, refuses_bad_escapes_and_nul) {
    for (auto const& text : {"%"s, "%2"s, "a%"s, "%zz"s, "%2g"s, "%g2"s, "%%20"s, "% 20"s, "%+1"s,
                             "%-1"s, "%00"s, "a%00b"s, "a\0b"s}) {
        auto const decoded = percent_decode(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_EQ(decoded.error().code, ErrorCode::validation_failed);
        EXPECT_FALSE(Query::parse("a=" + text)) << text;
        EXPECT_FALSE(Query::parse(text + "=a")) << text;
    }
}

TEST(url, encodes_everything_but_the_unreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode("a b/c?d&e=f+g%"), "a%20b%2Fc%3Fd%26e%3Df%2Bg%25");
    EXPECT_EQ(percent_encode("文\xff\n"), "%E6%96%87%FF%0A");
}

TEST(url, what_is_encoded_decodes_to_itself) {
    SeededRandom random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text(random.below(40), '\0');
        random.fill(std::as_writable_bytes(std::span(text)));
        std::erase(text, '\0');
        ASSERT_EQ(percent_decode(percent_encode(text)).value(), text) << "seed 7, round " << round;
    }
}

TEST(query, finds_the_first_of_its_decoded_parameters) {
    auto const query =
        Query::parse("limit=2&na+me=a+b%2Bc&limit=3&empty=&bare&x==y&&=nameless&%26=%3D");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->find("limit"), "2");
    EXPECT_EQ(query->find("na me"), "a b+c");
    EXPECT_EQ(query->find("empty"), "");
    EXPECT_EQ(query->find("bare"), "");
    EXPECT_EQ(query->find("x"), "=y");
    EXPECT_EQ(query->find(""), "nameless");
    EXPECT_EQ(query->find("&"), "=");
    EXPECT_EQ(query->find("LIMIT"), std::nullopt);
}

TEST(query, an_empty_query_has_no_parameters) {
    EXPECT_EQ(Query::parse("")->find(""), std::nullopt);
    EXPECT_EQ(Query::parse("&&&")->find(""), std::nullopt);
}

}  // namespace
}  // namespace filegate::net
