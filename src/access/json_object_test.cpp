#include "access/json_object.hpp"

#include <gtest/gtest.h>

namespace filegate::access {
namespace {

using namespace std::string_literals;

TEST(json_object, what_two_readers_might_read_differently_is_not_read) {
    for (auto const& text : {
             ""s,
             "null"s,
             "[]"s,
             "[{}]"s,
             R"("text")"s,
             "{"s,
             "{}}"s,
             "{} {}"s,
             "{}\0"s,
             "\0{}"s,
             "\xEF\xBB\xBF{}"s,
             R"({"a":1,"a":1})"s,
             R"({"a":1,"\u0061":2})"s,
             R"({"a":{"b":1,"b":2}})"s,
             R"({"a":[{"b":1,"b":2}]})"s,
             R"({"a":1,})"s,
             R"({'a':1})"s,
             R"({a:1})"s,
             R"({"a":01})"s,
             R"({"a":+1})"s,
             R"({"a":.5})"s,
             R"({"a":0x10})"s,
             R"({"a":NaN})"s,
             R"({"a":Infinity})"s,
             R"({"a":1e999})"s,
             R"({"a":9223372036854775808})"s,
             R"({"a":"\u0000"})"s,
             R"({"a\u0000b":1})"s,
             R"({"a":"\ud800"})"s,
             R"({"a":"\udc00\ud800"})"s,
             "{\"a\":\"\0\"}"s,
             "{\"a\":\"\n\"}"s,
             "{\"a\":\"\xFF\"}"s,
             "{\"a\":\"\xC0\x80\"}"s,
             "{\"a\":\"\xED\xA0\x80\"}"s,
             R"({"a":1} // no)"s,
             "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
         }) {
        EXPECT_FALSE(JsonObject::parse(text)) << text.substr(0, 40);
    }
    EXPECT_FALSE(JsonObject::parse({}));
    EXPECT_TRUE(JsonObject::parse("{}"));
    EXPECT_TRUE(JsonObject::parse(" \r\n\t{ } \n"));
}

TEST(json_object, a_name_is_found_whole) {
    auto const object = JsonObject::parse(R"({"sub":"ann","":"empty","s":{"sub":"bob"}})").value();
    EXPECT_EQ(object.text("sub"), "ann");
    EXPECT_EQ(object.text(""), "empty");
    for (auto const& name : {"su"s, "subj"s, "Sub"s, "sub\0"s, "\0"s})
        EXPECT_FALSE(object.has(name)) << name;
    // The view ends where it says, not where a zero stands.
    EXPECT_EQ(object.text(std::string_view("subject").substr(0, 3)), "ann");
}

TEST(json_object, what_is_of_another_type_is_there_but_not_read) {
    auto const object =
        JsonObject::parse(R"({"null":null,"yes":true,"number":1.5,"whole":7,"text":"7",)"
                          R"("list":["a",7],"object":{},"none":[]})")
            .value();
    struct Case {
        char const* name;
        bool text, number, texts, objects;
    };
    for (auto const& [name, text, number, texts, objects] : {
             Case{"null", false, false, false, false},
             Case{"yes", false, false, false, false},
             Case{"number", false, true, false, false},
             Case{"whole", false, true, false, false},
             Case{"text", true, false, true, false},
             Case{"list", false, false, false, true},
             Case{"object", false, false, false, false},
             Case{"none", false, false, true, true},
         }) {
        EXPECT_TRUE(object.has(name));
        EXPECT_EQ(object.text(name).has_value(), text) << name;
        EXPECT_EQ(object.number(name).has_value(), number) << name;
        EXPECT_EQ(object.texts(name).has_value(), texts) << name;
        EXPECT_EQ(object.objects(name, 10).has_value(), objects) << name;
    }
    EXPECT_FALSE(object.has("absent"));
    EXPECT_FALSE(object.text("absent") || object.number("absent") || object.texts("absent"));
    EXPECT_EQ(object.texts("text"), std::vector<std::string>{"7"});
    EXPECT_TRUE(object.texts("none")->empty());
}

TEST(json_object, a_list_is_read_up_to_its_bound_and_its_objects_outlive_it) {
    std::vector<JsonObject> objects;
    {
        auto const object = JsonObject::parse(R"({"keys":[{"a":"x"},7,null,{"a":"y"}]})").value();
        EXPECT_FALSE(object.objects("keys", 3)) << "what is left out counts as well";
        objects = object.objects("keys", 4).value();
    }
    ASSERT_EQ(objects.size(), 2U);
    EXPECT_EQ(objects[0].text("a"), "x");
    EXPECT_EQ(objects[1].text("a"), "y");
}

TEST(json_object, is_written_on_one_line_that_reads_the_same) {
    auto const object =
        JsonObject::parse("{\"a\" : \"\xE5\xB9\xB4\\n\\\"\",\n\"b\":[1,2.5,null]}").value();
    auto const line = object.dump();
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < '\x7f'; })) << line;
    auto const again = JsonObject::parse(line).value();
    EXPECT_EQ(again.text("a"), object.text("a"));
    EXPECT_EQ(again.dump(), line);
}

}  // namespace
}  // namespace filegate::access
