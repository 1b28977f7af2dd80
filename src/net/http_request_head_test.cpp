#include "net/http_request_head.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

constexpr std::size_t bytes_max = 4096;

// Shows the scanner the bytes as they grow by `step`.
std::expected<std::optional<std::size_t>, Refusal> scan(std::string_view text, std::size_t step) {
    HeadScanner scanner(bytes_max);
    std::expected<std::optional<std::size_t>, Refusal> result;
    for (std::size_t seen = 0; seen < text.size();) {
        seen = std::min(text.size(), seen + step);
        // A copy of its own size each time, so that a look beyond its end would be caught.
        std::vector<char> const shown(text.begin(),
                                      text.begin() + static_cast<std::ptrdiff_t>(seen));
        result = scanner.scan({shown.data(), shown.size()});
        if (!result || *result) return result;
    }
    return result;
}

RequestHead parsed(std::string const& head) {
    auto result = parse_request_head(head);
    if (!result) {
        ADD_FAILURE() << head << result.error().error.message;
        return {};
    }
    return *std::move(result);
}

TEST(head_scanner, finds_the_end_however_the_bytes_come) {
    std::string const head = "GET / HTTP/1.1\r\nHost: a\r\nX:\t\xff\r\n\r\n";
    for (std::size_t step = 1; step <= head.size() + 4; ++step) {
        auto const found = scan(head + "body\n\0", step);
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, head.size()) << step;
    }
    EXPECT_EQ(scan(head.substr(0, head.size() - 1), 1).value(), std::nullopt);
}

TEST(head_scanner, refuses_at_once_what_no_head_may_hold) {
    for (std::string const& bad :
         {std::string("\x16\x03"), std::string("G\0", 2), std::string("GET /\n"), std::string("\n"),
          std::string("A\rB\r\n"), std::string("A\r\r\n"), std::string("A\r\nB\r\n C"),
          std::string("A\r\n\tB\r\n"), std::string("A\x7f")}) {
        for (std::size_t const step : {1UL, 100UL}) {
            auto const text = bad.contains("\n C") ? bad + "\r\n" : bad;
            EXPECT_FALSE(scan(text, step)) << bad;
        }
    }
}

TEST(head_scanner, holds_the_limit_exactly) {
    auto const head_of = [](std::size_t bytes) {
        return "A" + std::string(bytes - 5, 'x') + "\r\n\r\n";
    };
    for (std::size_t const step : {1UL, 4096UL, 10'000UL}) {
        EXPECT_EQ(scan(head_of(bytes_max), step).value(), bytes_max);
        auto const refused = scan(head_of(bytes_max + 1), step);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().error.code, ErrorCode::header_too_large);
    }
}

TEST(request_head, splits_the_target) {
    struct Row {
        char const* target;
        char const* path;
        char const* query;
    };
    for (auto const& row :
         {Row{"/", "/", ""}, Row{"/a/b?c=d?e", "/a/b", "c=d?e"}, Row{"/a?", "/a", ""},
          Row{"//a", "//a", ""}, Row{"http://h", "/", ""}, Row{"HTTP://h:1/x", "/x", ""},
          Row{"https://h?q=/", "/", "q=/"}, Row{"http://h/x?y#", nullptr, nullptr},
          Row{"http://u@h/", nullptr, nullptr}, Row{"http://h#/", nullptr, nullptr},
          Row{"http://h\\@g/", nullptr, nullptr}, Row{"http:///x", nullptr, nullptr},
          Row{"h:80", nullptr, nullptr}, Row{"http", nullptr, nullptr},
          Row{"http:/", nullptr, nullptr}, Row{"?q", nullptr, nullptr}}) {
        auto const head =
            parse_request_head(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", row.target));
        ASSERT_EQ(head.has_value(), row.path != nullptr) << row.target;
        if (!head) continue;
        EXPECT_EQ(head->target, row.target);
        EXPECT_EQ(head->path, row.path);
        EXPECT_EQ(head->query, row.query);
    }
    EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").path, "*");
}

TEST(request_head, names_the_host_that_is_meant) {
    auto const host_of = [](std::string_view target) {
        return parsed(fmt::format("GET {} HTTP/1.1\r\nHost: header:1\r\n\r\n", target)).host;
    };
    EXPECT_EQ(host_of("/"), "header:1");
    EXPECT_EQ(host_of("/http://other/"), "header:1");
    EXPECT_EQ(host_of("http://target:2/x"), "target:2");
    EXPECT_EQ(host_of("https://target"), "target");
    EXPECT_EQ(host_of("http://[::1]:3?q"), "[::1]:3");
    EXPECT_EQ(parsed("GET / HTTP/1.0\r\n\r\n").host, "");
}

TEST(request_head, keeps_every_header_in_order) {
    auto const head = parsed("GET / HTTP/1.1\r\nB: 2\r\nhost: h\r\nb:  3\t \r\nEmpty:\r\n\r\n");
    ASSERT_EQ(head.headers.list().size(), 4U);
    EXPECT_EQ(head.headers.find("B"), "2");
    EXPECT_EQ(head.headers.count("b"), 2U);
    EXPECT_EQ(head.headers.list()[2].value, "3");
    EXPECT_EQ(head.headers.find("empty"), "");
}

TEST(request_head, reads_lengths_expectations_and_persistence) {
    auto const with = [](std::string const& headers, char const* version = "1.1") {
        return parsed(fmt::format("POST / HTTP/{}\r\nHost: h\r\n{}\r\n", version, headers));
    };
    EXPECT_EQ(with("").content_length, std::nullopt);
    EXPECT_EQ(with("Content-Length: 0\r\n").content_length, 0U);
    EXPECT_EQ(with("Content-Length: 18446744073709551615\r\n").content_length, UINT64_MAX);
    EXPECT_EQ(with("Content-Length: 7\r\ncontent-length: 7\r\n").content_length, 7U);
    EXPECT_TRUE(with("Transfer-Encoding: Chunked\r\n").is_chunked);
    EXPECT_TRUE(with("Expect: 100-Continue\r\n").expects_continue);
    EXPECT_FALSE(with("Expect: 100-continue\r\n", "1.0").expects_continue);
    EXPECT_FALSE(with("Expect: something\r\n").expects_continue);
    EXPECT_TRUE(with("").keeps_alive);
    EXPECT_FALSE(with("Connection: x, Close\r\n").keeps_alive);
    EXPECT_FALSE(with("", "1.0").keeps_alive);
    EXPECT_TRUE(with("Connection: keep-alive\r\n", "1.0").keeps_alive);
    EXPECT_EQ(with("", "1.0").version, HttpVersion::http_1_0);
}

TEST(request_head, takes_the_hosts_that_are_hosts) {
    for (auto const* const host : {"", "h", "h:80", "[::1]:8080", "127.0.0.1", "a-b.example"})
        parsed(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    for (auto const* const host : {"a b", "a/b", "u@h", "h?x", "\xff", "a\\b", "<h>"}) {
        EXPECT_FALSE(parse_request_head(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host)))
            << host;
    }
}

TEST(request_head, is_longer_than_beasts_default_limit_when_it_has_to_be) {
    std::string text = "GET /" + std::string(20'000, 'p') + " HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 500; ++i)
        text += fmt::format("X-{}: {}\r\n", i, std::string(100, 'v'));
    EXPECT_EQ(parsed(text + "\r\n").headers.list().size(), 501U);
}

}  // namespace
}  // namespace filegate::net
