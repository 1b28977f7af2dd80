#include "ingest/text_types.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

bool is_text(std::string_view text, Cut cut = Cut::no) {
    return is_unicode_text(std::as_bytes(std::span(text)), cut);
}

TEST(text_types, needs_a_whole_extension) {
    EXPECT_EQ(text_type_of_name("md"), "");
    EXPECT_EQ(text_type_of_name("x.m"), "");
    EXPECT_EQ(text_type_of_name("x.mdx"), "");
    EXPECT_EQ(text_type_of_name("x."), "");
    EXPECT_EQ(text_type_of_name("x.md."), "");
    EXPECT_EQ(text_type_of_name("x.md\0"s), "");
    EXPECT_EQ(text_type_of_name(""), "");
    EXPECT_EQ(text_type_of_name(".yml"), "application/yaml");
    EXPECT_EQ(text_type_of_name("a.tar.yaml"), "application/yaml");
    EXPECT_EQ(text_type_of_name("A.PY"), "text/x-python");
}

TEST(text_types, no_name_makes_a_page_of_a_text) {
    for (std::string_view const name : {"a.html", "a.htm", "a.xhtml", "a.svg", "a.mhtml"})
        EXPECT_EQ(text_type_of_name(name), "") << name;
}

TEST(text_types, refuses_malformed_utf8_and_control_characters) {
    for (std::string const& text :
         {"\x80"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC3("s, "\xF5\x80\x80\x80"s, "\xFF"s, "a\0b"s,
          "\x01"s, "\x07"s, "\x0E"s, "\x1A"s, "\x1C"s, "\x7F"s, "\xFE\xFF\0\0"s, "\xFF\xFE\1\0"s,
          // What shorter forms, surrogates and numbers beyond the last letter hide.
          "\xE0\x80\x80"s, "\xE0\x9F\xBF"s, "\xED\xA0\x80"s, "\xF0\x8F\xBF\xBF"s,
          "\xF4\x90\x80\x80"s}) {
        EXPECT_FALSE(is_text(text)) << text;
        EXPECT_FALSE(is_text(text + "text", Cut::yes)) << text;
    }
    for (std::string const& text :
         {""s, "\x08\t\n\x0B\f\r\x1B~"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s,
          "\xEE\x80\x80"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s}) {
        EXPECT_TRUE(is_text(text)) << text;
    }
}

TEST(text_types, a_letter_may_be_cut_only_where_the_content_goes_on) {
    for (std::string const whole : {"\xC3\xA9", "\xE5\xB9\xB4", "\xF0\x9F\x98\x80"}) {
        for (std::size_t count = 1; count < whole.size(); ++count) {
            auto const cut = whole.substr(0, count);
            EXPECT_FALSE(is_text("x" + cut));
            EXPECT_TRUE(is_text("x" + cut, Cut::yes));
            EXPECT_FALSE(is_text(cut + "x", Cut::yes));
        }
    }
    EXPECT_FALSE(is_text("\xED\xA0", Cut::yes)) << "it can end in no letter";
    EXPECT_FALSE(is_text("\xE5(", Cut::yes));
}

TEST(text_types, utf16_needs_its_mark_and_whole_units) {
    EXPECT_TRUE(is_text("\xFF\xFEh\0i\0"s));
    EXPECT_TRUE(is_text("\xFE\xFF\0h\0i"s));
    EXPECT_TRUE(is_text("\xFF\xFE"s));
    EXPECT_FALSE(is_text("h\0i\0"s));
    EXPECT_FALSE(is_text("\xFF"s, Cut::yes));
    EXPECT_FALSE(is_text("\xFF\xFEh\0i"s)) << "half a unit at the end";
    EXPECT_TRUE(is_text("\xFF\xFEh\0i"s, Cut::yes));
    EXPECT_FALSE(is_text("\xFF\xFE\0\0h\0\0\0"s)) << "UTF-32";
    EXPECT_FALSE(is_text("\xFF\xFEh\0\x7F\0"s));
}

TEST(text_types, older_text_is_any_byte_but_controls) {
    auto const is_older = [](std::string_view text) {
        return is_older_text(std::as_bytes(std::span(text)));
    };
    EXPECT_TRUE(is_older(""));
    EXPECT_TRUE(is_older("caf\xE9 \x80\xFF"));
    for (auto const& text : {"\0"s, "a\x07"s, "\x7F"s, "\x0E"s})
        EXPECT_FALSE(is_older(text));
}

}  // namespace
}  // namespace filegate::ingest
