#include "contracts/contract.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace filegate::contracts {
namespace {

Contract const& named(std::string_view name) {
    for (auto const& contract : builtin_contracts()) {
        if (contract.name.text() == name) return contract;
    }
    throw std::logic_error("no such contract");
}

std::string shown(std::vector<CallerPurposeRule> const& rules) {
    std::string text;
    for (auto const& rule : rules) {
        text += fmt::format("{}{}:", text.empty() ? "" : "; ", rule.word.text());
        for (auto const& wire : rule.wire)
            text += " " + wire.text();
    }
    return text;
}

TEST(builtin_contracts, are_the_five_in_the_order_of_choice) {
    std::string names;
    for (auto const& contract : builtin_contracts())
        names += contract.name.text() + " ";
    EXPECT_EQ(names, "kimi kimi-cn glm glm-cn openai ");
}

TEST(builtin_contracts, speak_to_their_documented_addresses) {
    EXPECT_EQ(named("kimi").base_url, "https://api.moonshot.ai/v1");
    EXPECT_EQ(named("kimi-cn").base_url, "https://api.moonshot.cn/v1");
    EXPECT_EQ(named("glm").base_url, "https://api.z.ai/api/paas/v4");
    EXPECT_EQ(named("glm-cn").base_url, "https://open.bigmodel.cn/api/paas/v4");
    EXPECT_EQ(named("openai").base_url, "https://api.openai.com/v1");
    std::set<std::string> paths;
    for (auto const& contract : builtin_contracts())
        paths.insert(contract.sandbox_path);
    EXPECT_EQ(paths.size(), 5) << "the sandbox serves each at its own path";
}

TEST(builtin_contracts, map_the_callers_words_documented_ones_first) {
    EXPECT_EQ(shown(named("glm").caller_purposes), "file: user_data agent file");
    EXPECT_EQ(shown(named("openai").caller_purposes),
              "assistants: assistants; batch: batch; fine-tune: fine-tune; vision: vision; "
              "user_data: user_data; evals: evals");
    EXPECT_EQ(shown(named("kimi").caller_purposes),
              "assistants: file-extract image video assistants; vision: image video vision; "
              "batch: batch; fine-tune: fine-tune");
    EXPECT_EQ(named("kimi").default_purpose.text(), "assistants");
    EXPECT_EQ(named("glm").default_purpose.text(), "file");
    EXPECT_EQ(named("openai").default_purpose.text(), "user_data");
}

TEST(builtin_contracts, translate_the_same_five_words_for_auto) {
    std::set<std::string> const five{"assistants", "user_data", "vision", "batch", "fine-tune"};
    for (auto const& contract : builtin_contracts()) {
        std::set<std::string> words;
        for (auto const& rule : contract.auto_purposes)
            words.insert(rule.word.text());
        EXPECT_EQ(words, five) << contract.name.text();
    }
}

TEST(builtin_contracts, try_undocumented_words_only_after_documented_ones) {
    for (auto const& contract : builtin_contracts()) {
        for (auto const* const list : {&contract.caller_purposes, &contract.auto_purposes}) {
            for (auto const& rule : *list) {
                auto const is_documented = [&](WirePurpose const& word) {
                    return contract.find_wire(word)->is_documented;
                };
                EXPECT_TRUE(std::ranges::is_partitioned(rule.wire, is_documented))
                    << contract.name.text() << " " << rule.word.text();
            }
        }
    }
}

TEST(builtin_contracts, have_the_documented_limits) {
    struct Row {
        std::string_view contract;
        std::string_view word;
        std::string_view mime;
        std::optional<std::uint64_t> bytes_max;
    };
    for (auto const& row : {
             Row{"kimi", "file-extract", "", 104'857'600},
             Row{"kimi-cn", "image", "image/png", 104'857'600},
             Row{"glm", "user_data", "", std::nullopt},
             Row{"glm", "agent", "image/png", 104'857'600},
             Row{"glm-cn", "agent", "", 20'971'520},
             Row{"glm-cn", "agent", "image/png", 5'242'880},
             Row{"glm-cn", "code-interpreter", "image/jpeg", 5'242'880},
             Row{"glm-cn", "batch", "", 104'857'600},
             Row{"glm-cn", "voice-clone-input", "audio/mpeg", 10'485'760},
             Row{"openai", "user_data", "", 536'870'912},
             Row{"openai", "batch", "", 209'715'200},
         }) {
        auto const* const rule = named(row.contract).find_wire(WirePurpose(std::string(row.word)));
        ASSERT_NE(rule, nullptr) << row.contract << " " << row.word;
        EXPECT_EQ(rule->bytes_max_of(row.mime), row.bytes_max) << row.contract << " " << row.word;
    }
    EXPECT_EQ(named("kimi").files_max, 1000);
    EXPECT_EQ(named("kimi").total_bytes_max, 10ULL << 30);
    EXPECT_FALSE(named("kimi").retention);
    EXPECT_EQ(named("glm").retention, std::chrono::days(180));
    EXPECT_EQ(named("glm-cn").retention, std::chrono::days(30));
    EXPECT_FALSE(named("openai").retention);
}

TEST(builtin_contracts, know_which_calls_exist) {
    auto const calls = [](std::string_view name) {
        auto const& c = named(name);
        return fmt::format("{}{}{}{}{}", c.has_list ? "L" : "", c.list_needs_purpose ? "p" : "",
                           c.has_retrieve ? "R" : "", c.has_content ? "C" : "",
                           c.has_delete ? "D" : "");
    };
    EXPECT_EQ(calls("kimi"), "LRCD");
    EXPECT_EQ(calls("kimi-cn"), "LRCD");
    EXPECT_EQ(calls("glm"), "pD");
    EXPECT_EQ(calls("glm-cn"), "LpD");
    EXPECT_EQ(calls("openai"), "LRCD");
}

TEST(builtin_contracts, a_contract_that_extends_another_keeps_what_it_does_not_give) {
    EXPECT_EQ(named("kimi-cn").failures.size(), named("kimi").failures.size());
    EXPECT_EQ(shown(named("kimi-cn").auto_purposes), shown(named("kimi").auto_purposes));
    EXPECT_EQ(named("glm-cn").failures.size(), named("glm").failures.size());
    EXPECT_EQ(named("glm-cn").id_shape, IdShape::glm);
}

TEST(formats, take_what_matches_either_list) {
    Formats const image{{".png", ".jpg"}, {"image/png"}};
    EXPECT_TRUE(image.takes("a.png", ""));
    EXPECT_TRUE(image.takes("A.JPG", ""));
    EXPECT_TRUE(image.takes("a", "image/png"));
    EXPECT_FALSE(image.takes("a.svg", "image/svg+xml"));
    EXPECT_FALSE(image.takes("png", ""));
    EXPECT_FALSE(image.takes("", ""));
    EXPECT_TRUE(Formats().takes("anything", ""));
}

// The least that is a contract; rows of the tables below replace or add lines.
std::string const least = R"(name = "x"
title = "X"
base_url = "https://x.test/v1"
sandbox_path = "/x/v1"
default_purpose = "a"
[caller_purposes]
a = ["w"]
[auto_purposes]
assistants = ["w"]
[[wire_purpose]]
word = "w"
)";

TEST(parse_contract, the_least_parses) {
    auto const contract = parse_contract(least, "x.toml");
    ASSERT_TRUE(contract) << contract.error().message;
    EXPECT_TRUE(contract->has_list);
    EXPECT_TRUE(contract->failures.empty());
    EXPECT_EQ(contract->id_shape, IdShape::openai);
}

struct Refused {
    std::string_view what;
    std::string replace;  // this text of `least` ...
    std::string with;     // ... by this one
    std::string message;  // found in the error
};

class refusing : public testing::TestWithParam<Refused> {};

TEST_P(refusing, names_file_line_key_and_what_is_right) {
    auto const& row = GetParam();
    auto text = least;
    auto const at = text.find(row.replace);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, row.replace.size(), row.with);
    auto const contract = parse_contract(text, "x.toml");
    ASSERT_FALSE(contract) << row.what;
    EXPECT_EQ(contract.error().code, ErrorCode::configuration_error);
    EXPECT_NE(contract.error().message.find(row.message), std::string::npos)
        << row.what << "\n"
        << contract.error().message;
}

std::string const end = "word = \"w\"\n";
Refused adding(std::string_view what, std::string const& lines, std::string message) {
    return {what, end, end + lines, std::move(message)};
}

INSTANTIATE_TEST_SUITE_P(
    keys, refusing,
    testing::Values(
        Refused{"unknown",
                "title = ", "titel = ", "x.toml:2: `titel` is not a key; the nearest is `title`"},
        Refused{"unknown, nothing near", "title = ", "zzz = ", "x.toml:2: `zzz` is not a key"},
        adding("unknown in a table", "[limits]\nfile_max = 3\n",
               "x.toml:13: `limits.file_max` is not a key; the nearest is `limits.files_max`"),
        adding("unknown in a list of tables", "byte_max = 3\n",
               "x.toml:12: `wire_purpose.byte_max` is not a key; the nearest is "
               "`wire_purpose.bytes_max`"),
        Refused{"missing name", "name = \"x\"\n", "", "x.toml:1: `name` is missing"},
        Refused{"missing title", "title = \"X\"\n", "", "`title` is missing"},
        Refused{"missing base_url", "base_url = \"https://x.test/v1\"\n", "",
                "`base_url` is missing"},
        Refused{"missing sandbox_path", "sandbox_path = \"/x/v1\"\n", "",
                "`sandbox_path` is missing"},
        Refused{"missing default_purpose", "default_purpose = \"a\"\n", "",
                "`default_purpose` is missing"},
        Refused{"missing wire purposes", "[[wire_purpose]]\nword = \"w\"\n", "",
                "`wire_purpose` is missing"},
        Refused{"missing word", "word = \"w\"", "documented = true",
                "x.toml:10: `wire_purpose.word` is missing"},
        adding("missing kind", "[[failure]]\nstatus = 400\n",
               "x.toml:12: `failure.kind` is missing"),
        adding("no condition", "[[failure]]\nkind = \"rate\"\n", "`failure` needs one of")));

INSTANTIATE_TEST_SUITE_P(
    values, refusing,
    testing::Values(
        Refused{"a number as a name", "name = \"x\"", "name = 7",
                "x.toml:1: `name` must be text of 1 to 512 bytes"},
        Refused{"a name with a slash", "name = \"x\"", "name = \"x/y\"",
                "x.toml:1: `name` must be a word"},
        Refused{"an empty title", "title = \"X\"", "title = \"\"", "`title` must be text"},
        Refused{"a long title", "title = \"X\"", "title = \"" + std::string(513, 'x') + "\"",
                "`title` must be text"},
        Refused{"no scheme", "https://x.test/v1", "x.test/v1", "`base_url` must be http(s)"},
        Refused{"closing slash", "https://x.test/v1", "https://x.test/v1/", "`base_url` must be"},
        Refused{"space in the URL", "https://x.test/v1", "https://x.test/v 1",
                "`base_url` must be"},
        Refused{"query in the URL", "https://x.test/v1", "https://x.test/v1?a", "`base_url` must"},
        Refused{"relative sandbox path", "\"/x/v1\"", "\"x/v1\"", "`sandbox_path` must be"},
        Refused{"unknown default", "default_purpose = \"a\"", "default_purpose = \"b\"",
                "x.toml:5: `default_purpose` \"b\" is not in `caller_purposes`"},
        Refused{"unknown wire word", "a = [\"w\"]", "a = [\"v\"]",
                "`caller_purposes.a` leads to \"v\", which no [[wire_purpose]] describes; the "
                "nearest is \"w\""},
        Refused{"no wire word", "a = [\"w\"]", "a = []",
                "x.toml:7: `caller_purposes.a` must have 1 to 512 items, it has 0"},
        Refused{"a wire word twice", "a = [\"w\"]", "a = [\"w\", \"w\"]",
                "`caller_purposes.a` names \"w\" twice"},
        Refused{"a wire word of another type", "a = [\"w\"]", "a = [7]",
                "x.toml:7: `caller_purposes.a` must be text"},
        Refused{"no caller's purpose", "a = [\"w\"]", "", "x.toml:6: `caller_purposes` has no"},
        Refused{"a list for a table", "[caller_purposes]\na = [\"w\"]\n", "",
                "`caller_purposes` has no purpose"},
        adding("the same word twice", "[[wire_purpose]]\nword = \"w\"\n",
               "x.toml:12: `wire_purpose.word` \"w\" stands twice"),
        adding("zero bytes", "bytes_max = 0\n", "`wire_purpose.bytes_max` must be a whole number"),
        adding("negative bytes", "bytes_max = -1\n", "must be a whole number from 1"),
        adding("bytes as a fraction", "bytes_max = 1.5\n", "must be a whole number"),
        adding("an extension without a dot", "extensions = [\"pdf\"]\n",
               "x.toml:12: `wire_purpose.extensions` must hold lower-case endings"),
        adding("an extension in capitals", "extensions = [\".PDF\"]\n", "not \".PDF\""),
        adding("a type without a slash", "mime_prefixes = [\"image\"]\n",
               "`wire_purpose.mime_prefixes` must hold types"),
        adding("a flag as text", "documented = \"yes\"\n",
               "`wire_purpose.documented` must be true or false"),
        adding("an unknown kind", "[[failure]]\nstatus = 400\nkind = \"refused_fill\"\n",
               "x.toml:14: `failure.kind` cannot be \"refused_fill\"; the nearest is "
               "\"refused_file\""),
        adding("a status that is none", "[[failure]]\nstatus = 200\nkind = \"rate\"\n",
               "x.toml:13: `failure.status` must be a whole number from 300 to 599"),
        adding("limits that are no table", "[[limits]]\nfiles_max = 1\n",
               "`limits` must be a table"),
        adding("retention of no day", "[limits]\nretention_days = 0\n",
               "`limits.retention_days` must be a whole number from 1"),
        adding("a query with a blank", "[capabilities]\nlist_query = \"a b\"\n",
               "`capabilities.list_query` must be parameters"),
        Refused{"an unknown id shape", "title = \"X\"", "title = \"X\"\nid_shape = \"kim\"",
                "x.toml:3: `id_shape` cannot be \"kim\"; the nearest is \"kimi\""},
        Refused{"extends nobody", "title = \"X\"", "title = \"X\"\nextends = \"nobody\"",
                "x.toml:3: `extends` cannot be \"nobody\""},
        Refused{"extends one that extends", "title = \"X\"", "title = \"X\"\nextends = \"kimi-cn\"",
                "x.toml:3: `extends` cannot be \"kimi-cn\""}));

INSTANTIATE_TEST_SUITE_P(
    syntax, refusing,
    testing::Values(
        Refused{"not TOML", "title = ", "title ", "x.toml:2: "},
        Refused{"a key twice", "title = \"X\"", "title = \"X\"\ntitle = \"Y\"", "x.toml:3: "},
        Refused{"invalid UTF-8", "\"X\"", "\"\xff\"", "x.toml:2: "},
        Refused{"too long", "title = \"X\"", "title = \"X\"\n#" + std::string(300'000, '#'),
                "a contract has at most 262144 bytes"},
        Refused{"deeply nested", "a = [\"w\"]",
                "a = " + std::string(5000, '[') + std::string(5000, ']'), "x.toml:7: "}));

TEST(parse_contract, tells_every_problem_at_once) {
    auto const contract = parse_contract("name = 7\ntitel = \"X\"\n", "y.toml");
    ASSERT_FALSE(contract);
    auto const& message = contract.error().message;
    EXPECT_GE(std::ranges::count(message, '\n'), 6) << message;
    std::istringstream lines(message);
    for (std::string line; std::getline(lines, line);)
        EXPECT_TRUE(line.starts_with("y.toml:")) << line;
}

TEST(parse_contract, what_extends_must_still_give_its_own_name_and_address) {
    auto const contract = parse_contract("extends = \"kimi\"\n", "y.toml");
    ASSERT_FALSE(contract);
    for (std::string const key : {"name", "title", "base_url", "sandbox_path"}) {
        EXPECT_NE(contract.error().message.find("`" + key + "` is missing"), std::string::npos)
            << contract.error().message;
    }
}

TEST(parse_contract, transports_are_those_that_are_listed_in_that_order) {
    auto const contract = parse_contract("transports = [\"plain\", \"native\"]\n" + least, "x");
    ASSERT_TRUE(contract) << contract.error().message;
    EXPECT_EQ(contract->transports, (std::vector{Transport::plain, Transport::native}));
    EXPECT_EQ(parse_contract(least, "x")->transports, std::vector{Transport::openai});
    for (std::string const wrong : {"[]", "[\"http\"]", "[\"plain\", \"plain\"]"}) {
        auto const refused = parse_contract("transports = " + wrong + "\n" + least, "x");
        ASSERT_FALSE(refused) << wrong;
        EXPECT_NE(refused.error().message.find("x:1: `transports`"), std::string::npos)
            << refused.error().message;
    }
}

TEST(parse_contract, lists_in_a_failure_stand_for_a_row_each) {
    auto const contract = parse_contract(
        least + "[[failure]]\nstatus = [400, 401]\ncode = [\"1\", \"2\"]\nkind = \"rate\"\n", "x");
    ASSERT_TRUE(contract) << contract.error().message;
    ASSERT_EQ(contract->failures.size(), 4);
    EXPECT_EQ(contract->failures[1].status, 400);
    EXPECT_EQ(contract->failures[1].code, "2");
    EXPECT_EQ(contract->failures[3].kind, FailureKind::rate);
}

TEST(parse_contract, purposes_keep_the_order_in_which_they_are_written) {
    auto text = least;
    text.replace(text.find("a = [\"w\"]\n"), 10, "z = [\"w\"]\na = [\"w\"]\nm = [\"w\"]\n");
    auto const contract = parse_contract(text, "x");
    ASSERT_TRUE(contract) << contract.error().message;
    EXPECT_EQ(shown(contract->caller_purposes), "z: w; a: w; m: w");
}

TEST(parse_contract, the_embedded_files_are_those_of_the_source_tree) {
    for (auto const& contract : builtin_contracts()) {
        std::ifstream file(std::string(FG_SOURCE_DIR) + "/contracts/" + contract.name.text() +
                           ".toml");
        std::stringstream text;
        text << file.rdbuf();
        auto const parsed = parse_contract(text.str(), contract.name.text() + ".toml");
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(parsed->base_url, contract.base_url);
    }
}

}  // namespace
}  // namespace filegate::contracts
