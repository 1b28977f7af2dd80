#include "config/key_value.hpp"

#include <gtest/gtest.h>

#include "config/keys.hpp"

namespace filegate::config {
namespace {

constexpr std::array<std::string_view, 2> words{"text", "json"};

KeyFacts facts(Kind kind, std::int64_t least, std::int64_t most, std::int64_t step = 1) {
    return {.name = "x.y",
            .kind = kind,
            .least = least,
            .most = most,
            .doc = "A key.",
            .choices = words,
            .step = step};
}

struct Case {
    KeyFacts key;
    Written written;
    std::optional<Value> value;
};

using Texts = std::vector<std::string>;

TEST(key_value, values_are_checked_by_kind_and_bound) {
    auto const count = facts(Kind::count, 1, 10);
    auto const size = facts(Kind::size, 4096, 1 << 20, 4096);
    auto const duration = facts(Kind::duration, 1000, 60'000, 1000);
    auto const text = facts(Kind::text, 1, 5);
    auto const flag = facts(Kind::flag, 0, 0);
    auto const choice = facts(Kind::choice, 0, 0);
    auto const texts = facts(Kind::texts, 1, 2);
    for (auto const& [key, written, value] : {
             Case{count, std::int64_t{1}, std::int64_t{1}},
             Case{count, std::int64_t{10}, std::int64_t{10}},
             Case{count, std::int64_t{0}, {}},
             Case{count, std::int64_t{11}, {}},
             Case{count, Loose{"7"}, std::int64_t{7}},
             Case{count, Loose{"7.0"}, {}},
             Case{count, Loose{" 7"}, {}},
             Case{count, std::string("7"), {}},
             Case{count, true, {}},
             Case{count, Unusable{"a number with a fraction"}, {}},
             Case{size, std::string("8KiB"), std::int64_t{8192}},
             Case{size, std::int64_t{4096}, std::int64_t{4096}},
             Case{size, std::int64_t{4095}, {}},
             Case{size, std::int64_t{-4096}, {}},
             Case{size, std::int64_t{4097}, {}},
             Case{size, std::string("2MiB"), {}},
             Case{size, Loose{"4096"}, std::int64_t{4096}},
             Case{duration, std::string("1s"), std::int64_t{1000}},
             Case{duration, std::string("60s"), std::int64_t{60'000}},
             Case{duration, std::string("61s"), {}},
             Case{duration, std::string("999ms"), {}},
             Case{duration, std::string("1500ms"), {}},
             Case{duration, std::int64_t{30}, {}},
             Case{duration, Loose{"2.0s"}, std::int64_t{2000}},
             Case{text, std::string("abcde"), std::string("abcde")},
             Case{text, std::string("abcdef"), {}},
             Case{text, std::string(), {}},
             Case{text, std::string("a\nb"), {}},
             Case{text, std::string("\xff"), {}},
             Case{text, Loose{"abc"}, std::string("abc")},
             Case{text, std::int64_t{5}, {}},
             Case{flag, true, true},
             Case{flag, Loose{"off"}, false},
             Case{flag, Loose{"yes"}, true},
             Case{flag, std::string("true"), {}},
             Case{flag, Loose{"TRUE!"}, {}},
             Case{flag, std::int64_t{1}, {}},
             Case{choice, std::string("json"), std::string("json")},
             Case{choice, Loose{"text"}, std::string("text")},
             Case{choice, std::string("JSON"), {}},
             Case{choice, std::int64_t{0}, {}},
             Case{texts, Texts{"a", "b"}, Texts{"a", "b"}},
             Case{texts, Loose{" a , b,"}, Texts{"a", "b"}},
             Case{texts, Texts{"a", "b", "c"}, {}},
             Case{texts, Texts{}, {}},
             Case{texts, Texts{""}, {}},
             Case{texts, std::string("a"), {}},
         }) {
        auto const checked = check_value(key, written);
        EXPECT_EQ(checked.has_value(), value.has_value()) << describe_kind(key);
        if (checked && value) EXPECT_EQ(*checked, *value);
        if (!checked) EXPECT_NE(checked.error().find("must be "), std::string::npos);
    }
}

TEST(key_value, a_refusal_names_the_bounds_and_the_value) {
    EXPECT_EQ(check_value(facts(Kind::count, 1, 10), std::int64_t{11}).error(),
              "must be a whole number from 1 to 10, not 11");
    EXPECT_EQ(check_value(facts(Kind::size, 4096, 1 << 20, 4096), std::string("5000")).error(),
              "must be a size from \"4KiB\" to \"1MiB\" in steps of 4KiB, not \"5000\"");
    EXPECT_EQ(check_value(facts(Kind::choice, 0, 0), std::string("jsn")).error(),
              "must be one of \"text\", \"json\", not \"jsn\"; the nearest is \"json\"");
    EXPECT_EQ(
        check_value(facts(Kind::duration, 0, 60'000), Loose{.text = "soons", .unit = "s"}).error(),
        "must be a duration from \"0s\" to \"1m\", not \"soon\" (in s)");
    // A long or dangerous text is neither repeated in full nor as it is.
    auto const error = check_value(facts(Kind::count, 1, 10), Loose{std::string(5000, '\x1b')});
    EXPECT_LT(error.error().size(), 1000);
    EXPECT_EQ(error.error().find('\x1b'), std::string::npos);
}

TEST(key_value, of_a_list_the_item_at_fault_is_named) {
    auto const error = [](Texts list) {
        return check_value(facts(Kind::texts, 1, 4), std::move(list)).error();
    };
    EXPECT_EQ(error({"a", "", "b"}), "must be a list of 1 to 4 texts, and item 2 of 3 is empty");
    EXPECT_EQ(error({"a", std::string(5000, 'x')}),
              "must be a list of 1 to 4 texts, and item 2 of 2 has 5000 bytes, more than 4096");
    EXPECT_EQ(error({"\x1b"}).find('\x1b'), std::string::npos);
    EXPECT_NE(error({"\x1b"}).find("item 1 of 1 is not printable"), std::string::npos);
    EXPECT_EQ(error({"a", "b", "c", "d", "e"}), "must be a list of 1 to 4 texts, not a list of 5");
    EXPECT_EQ(check_value(facts(Kind::texts, 1, 2), Loose{"a,b,c"}).error(),
              "must be a list of 1 to 2 texts, not a list of 3");
}

TEST(keys, every_default_is_within_its_own_bounds) {
    Settings const defaults;
    for (auto const& key : keys()) {
        auto const value = key.get(defaults);
        Written written = std::visit([](auto const& v) { return Written(v); }, value);
        if (auto const* const number = std::get_if<std::int64_t>(&value)) {
            if (key.kind == Kind::duration) written = Loose{fmt::format("{}ms", *number)};
        }
        auto const checked = check_value(key, written);
        ASSERT_TRUE(checked) << key.name << " " << checked.error();
        EXPECT_EQ(*checked, value) << key.name;
    }
}

TEST(keys, what_is_set_is_what_is_got) {
    for (auto const& key : keys()) {
        if (key.kind == Kind::flag || key.kind == Kind::choice || key.kind == Kind::text ||
            key.kind == Kind::texts) {
            continue;
        }
        Settings settings;
        key.set(settings, Value(key.most - key.most % key.step));
        EXPECT_EQ(key.get(settings), Value(key.most - key.most % key.step)) << key.name;
    }
}

TEST(keys, names_have_two_parts_and_are_unique_and_documented) {
    std::vector<std::string_view> names;
    for (auto const& key : keys()) {
        EXPECT_EQ(std::ranges::count(key.name, '.'), 1) << key.name;
        EXPECT_TRUE(key.doc.ends_with('.')) << key.name;
        names.push_back(key.name);
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace filegate::config
