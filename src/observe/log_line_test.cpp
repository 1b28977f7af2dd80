#include "observe/log_line.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "observe/escape.hpp"

namespace filegate::observe {
namespace {

constexpr WallTime moment{milliseconds(1'767'323'045'678)};  // 2026-01-02T03:04:05.678Z

std::string line(LogFormat format, std::initializer_list<LogField> fields) {
    return log_line(format, moment, LogLevel::info, "upload.kept", fields);
}

std::string text_of(std::string value) {
    auto const whole = line(LogFormat::text, {{"name", std::move(value)}});
    return whole.substr(whole.find("name=") + 5);
}

std::string json_of(std::string value) {
    auto whole = line(LogFormat::json, {{"name", std::move(value)}});
    auto const start = whole.find("\"name\":") + 7;
    return whole.substr(start, whole.size() - start - 1);
}

TEST(log_line, text_names_time_level_event_and_fields) {
    EXPECT_EQ(line(LogFormat::text, {{"file", "file-01"},
                                     {"bytes", std::int64_t{123}},
                                     {"name", "a b"},
                                     {"is_new", true},
                                     {"took_s", 0.25}}),
              "2026-01-02T03:04:05.678Z INFO upload.kept file=file-01 bytes=123 name=\"a b\" "
              "is_new=true took_s=0.25");
}

TEST(log_line, json_is_one_object) {
    EXPECT_EQ(line(LogFormat::json, {{"file", "file-01"},
                                     {"bytes", std::int64_t{123}},
                                     {"name", "a \"b\""},
                                     {"is_new", false}}),
              R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"upload.kept",)"
              R"("file":"file-01","bytes":123,"name":"a \"b\"","is_new":false})");
}

TEST(log_line, each_level_has_its_word) {
    for (auto const& [level, word] : {std::pair{LogLevel::debug, "DEBUG"},
                                      {LogLevel::warning, "WARNING"},
                                      {LogLevel::error, "ERROR"}}) {
        EXPECT_EQ(log_line(LogFormat::text, moment, level, "x", {}),
                  fmt::format("2026-01-02T03:04:05.678Z {} x", word));
    }
}

TEST(log_line, a_moment_before_the_epoch_is_shown_right) {
    EXPECT_TRUE(log_line(LogFormat::text, WallTime(milliseconds(-1)), LogLevel::info, "x", {})
                    .starts_with("1969-12-31T23:59:59.999Z"));
}

struct Case {
    std::string value;
    std::string text;
    std::string json;
};

TEST(log_line, values_are_escaped) {
    for (auto const& [value, text, json] : {
             Case{"plain-1.pdf", "plain-1.pdf", R"("plain-1.pdf")"},
             Case{"", R"("")", R"("")"},
             Case{"a=b", R"("a=b")", R"("a=b")"},
             Case{"say \"hi\"", R"("say \"hi\"")", R"("say \"hi\"")"},
             Case{"C:\\x", R"("C:\\x")", R"("C:\\x")"},
             Case{"a\nb\r\tc", R"("a\nb\r\tc")", R"("a\nb\r\tc")"},
             Case{std::string("\0\x1b[31m", 6), R"("\u0000\u001b[31m")", R"("\u0000\u001b[31m")"},
             Case{"\x7f", R"("\u007f")", R"("\u007f")"},
             Case{"\xc2\x85", R"("\u0085")", R"("\u0085")"},
             Case{"\xe2\x80\xae", R"("\u202e")", R"("\u202e")"},
             Case{"\xe2\x80\xa8", R"("\u2028")", R"("\u2028")"},
             Case{"\xff\xc3", R"("\xff\xc3")", R"("\\xff\\xc3")"},
             Case{"\xc0\xaf", R"("\xc0\xaf")", R"("\\xc0\\xaf")"},
             Case{"\xe4\xb8", R"("\xe4\xb8")", R"("\\xe4\\xb8")"},
             Case{"中文.pdf", "中文.pdf", R"("中文.pdf")"},
             Case{"😀", "😀", R"("😀")"},
         }) {
        EXPECT_EQ(text_of(value), text);
        EXPECT_EQ(json_of(value), json);
    }
}

TEST(log_line, numbers_that_json_lacks_become_null) {
    for (double const odd : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        EXPECT_TRUE(line(LogFormat::json, {{"x", odd}}).ends_with("\"x\":null}"));
    }
}

TEST(log_line, a_long_value_is_cut_between_characters) {
    EXPECT_EQ(text_of(std::string(log_value_bytes_max, 'a')),
              std::string(log_value_bytes_max, 'a'));
    EXPECT_TRUE(text_of(std::string(log_value_bytes_max + 1, 'a')).ends_with("a...(+1 bytes)\""));
    auto const split = std::string(log_value_bytes_max - 1, 'a') + "中";
    EXPECT_TRUE(text_of(split).ends_with("a...(+3 bytes)\"")) << text_of(split);
    // Not UTF-8 at all: still cut near the limit.
    EXPECT_LT(text_of(std::string(100'000, '\x80')).size(), 5 * log_value_bytes_max);
}

TEST(escape, printable_leaves_quotes_and_backslashes) {
    EXPECT_EQ(printable("a \"b\" c:\\d\x1b"), "a \"b\" c:\\d\\u001b");
}

}  // namespace
}  // namespace filegate::observe
