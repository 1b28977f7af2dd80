#include "net/http_message.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace filegate::net {
namespace {

TEST(headers, compare_names_without_regard_to_ascii_case) {
    Headers headers{{"Content-Type", "a"}, {"content-TYPE", "b"}, {"X", "c"}};
    EXPECT_EQ(headers.find("CONTENT-type"), "a");
    EXPECT_EQ(headers.count("content-type"), 2U);
    EXPECT_EQ(headers.find("Content-Typ"), std::nullopt);
    // '@' and '`' differ by the same bit as 'A' and 'a'.
    headers.add("@", "d");
    EXPECT_EQ(headers.find("`"), std::nullopt);
}

TEST(headers, set_replaces_every_header_of_that_name) {
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    headers.set("a", "4");
    ASSERT_EQ(headers.list().size(), 2U);
    EXPECT_EQ(headers.list()[0].name, "B");
    EXPECT_EQ(headers.find("A"), "4");
}

TEST(reason_phrase, knows_every_status_an_error_can_have) {
    for (auto const& row : error_table())
        EXPECT_NE(reason_phrase(row.http_status), "Unknown") << row.name;
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace filegate::net
