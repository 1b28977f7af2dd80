#include "contracts/toml_precheck.hpp"

#include <gtest/gtest.h>

namespace filegate::contracts {
namespace {

TEST(toml_precheck, refuses_what_the_parser_cannot_bear) {
    struct Row {
        std::string text;
        int line;  // 0: harmless
    };
    for (auto const& row : {
             Row{"", 0},
             Row{"a = 1\n[b]\n[[c]]\n[ d ]\n[\"e f\"]\n['g']\n", 0},
             Row{"a = [\n  \"b\",\n]\n", 0},
             Row{"a" + std::string(48, '.'), 0},
             Row{"a" + std::string(49, '.'), 1},
             Row{"\na = " + std::string(1000, '{'), 0},
             Row{"\na = " + std::string(1001, '{'), 2},
         }) {
        auto const danger = find_toml_danger(row.text);
        EXPECT_EQ(danger ? danger->line : 0, row.line) << row.text;
    }
}

}  // namespace
}  // namespace filegate::contracts
