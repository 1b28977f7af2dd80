#include "http/revocation_body.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

using namespace std::string_literals;

TEST(revocation_body, names_one_token_or_all_of_a_subject) {
    auto const token = parse_revocation(R"({"jti":"t-1","until":1700000000})").value();
    EXPECT_EQ(token.token_id, "t-1");
    EXPECT_TRUE(token.subject.text().empty());
    EXPECT_EQ(token.until, WallTime(seconds(1'700'000'000)));
    auto const subject = parse_revocation(R"({"sub":"ann","issued_before":0})").value();
    EXPECT_EQ(subject.subject, PrincipalId("ann"));
    EXPECT_TRUE(subject.token_id.empty());
    EXPECT_EQ(subject.issued_before, WallTime(seconds(0)));
    EXPECT_FALSE(subject.until);
}

TEST(revocation_body, null_and_empty_mean_not_given) {
    auto const revocation =
        parse_revocation(R"({"jti":"","sub":"ann","issued_before":null,"until":null})");
    ASSERT_TRUE(revocation) << revocation.error().message;
    EXPECT_FALSE(revocation->issued_before);
    EXPECT_FALSE(revocation->until);
}

TEST(revocation_body, a_revocation_that_might_mean_another_is_refused) {
    for (auto const& text :
         {""s, "[]"s, "{}"s, "null"s,
          R"({"jti":"a"} )"
          "x"s,
          R"({"jti":null})"s, R"({"sub":""})"s, R"({"jti":"a","sub":"ann"})"s, R"({"jti":7})"s,
          R"({"sub":["ann"]})"s,
          // It would take more than was asked for: every token instead of the old ones.
          R"({"sub":"ann","issuedBefore":1})"s, R"({"sub":"ann","issued_before ":1})"s,
          R"({"jti":"a","issued_before":1})"s, R"({"Sub":"ann"})"s, R"({"sub":"ann","exp":1})"s}) {
        auto const revocation = parse_revocation(text);
        ASSERT_FALSE(revocation) << text;
        EXPECT_EQ(revocation.error().code, ErrorCode::validation_failed) << text;
        EXPECT_GT(revocation.error().message.size(), 10U);
    }
}

TEST(revocation_body, a_time_is_whole_seconds_of_this_era) {
    struct Case {
        std::string_view time;
        bool passes;
    };
    for (auto const& [time, passes] :
         {Case{"0", true}, Case{"253402300799", true}, Case{"253402300800", false},
          Case{"-1", false}, Case{"1.5", false}, Case{"1e3", false}, Case{"\"1\"", false},
          Case{"true", false}, Case{"9223372036854775808", false},
          Case{"18446744073709551616", false}, Case{"[]", false}}) {
        for (std::string_view const name : {"issued_before", "until"}) {
            auto const text = fmt::format(R"({{"sub":"ann","{}":{}}})", name, time);
            EXPECT_EQ(parse_revocation(text).has_value(), passes) << text;
        }
    }
}

TEST(revocation_body, a_name_is_one_that_a_token_may_have) {
    auto const passes = [](std::string const& name) {
        auto const as_token = parse_revocation(R"({"jti":")" + name + "\"}").has_value();
        EXPECT_EQ(parse_revocation(R"({"sub":")" + name + "\"}").has_value(), as_token) << name;
        return as_token;
    };
    EXPECT_TRUE(passes(std::string(access::token_id_bytes_max, 'n')));
    EXPECT_FALSE(passes(std::string(access::token_id_bytes_max + 1, 'n')));
    EXPECT_TRUE(passes("\xE5\xB9\xB4"));
    EXPECT_FALSE(passes("\xFF"));
    EXPECT_FALSE(passes(R"(a\u0000)"));
    EXPECT_FALSE(passes(R"(a\nb)"));
    EXPECT_FALSE(passes(R"(\u007f)"));
    EXPECT_FALSE(passes(R"(\ud800)"));
}

}  // namespace
}  // namespace filegate::http
