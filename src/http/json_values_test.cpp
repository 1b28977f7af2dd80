#include "http/json_values.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

using namespace std::string_literals;

TEST(json_values, what_is_no_object_of_json_is_refused_with_an_example) {
    for (auto const& text :
         {""s, " "s, "null"s, "[]"s, "7"s, R"("{}")"s, "{"s, "{}}"s, "{} {}"s, "{}\0"s,
          R"({"a":1,})"s, R"({"a":1}//)"s, R"({"a":NaN})"s, R"({'a':1})"s, "{\"a\":\"\xFF\"}"s,
          "{\"a\":\"\n\"}"s, R"({"a":"\ud800"})"s, "\xEF\xBB\xBF{}"s}) {
        auto const object = parse_object(text, R"({"example":1})");
        ASSERT_FALSE(object) << text;
        EXPECT_EQ(object.error().code, ErrorCode::validation_failed);
        EXPECT_TRUE(object.error().message.ends_with(R"({"example":1})"));
    }
    EXPECT_TRUE(parse_object("{}", ""));
}

TEST(json_values, four_levels_are_read_and_no_fifth) {
    EXPECT_TRUE(parse_object(R"({"a":[[{}]]})", ""));
    EXPECT_FALSE(parse_object(R"({"a":[[[{}]]]})", ""));
    EXPECT_FALSE(parse_object("{\"a\":" + std::string(100'000, '['), ""));
}

TEST(json_values, a_text_that_is_absent_is_empty_and_nothing_else_is_text) {
    auto const object =
        parse_object(R"({"text":"a\u0000b","null":null,"number":1,"list":["a"]})", "").value();
    EXPECT_EQ(text_member(object, "text"), "a\0b"s);
    EXPECT_EQ(text_member(object, "null"), "");
    EXPECT_EQ(text_member(object, "absent"), "");
    for (std::string_view const name : {"number", "list"}) {
        auto const text = text_member(object, name);
        ASSERT_FALSE(text) << name;
        EXPECT_EQ(text.error().param, name);
    }
}

}  // namespace
}  // namespace filegate::http
