#include "observe/log.hpp"

#include <condition_variable>
#include <thread>

#include <gtest/gtest.h>

namespace filegate::observe {
namespace {

// Collects lines; may be held up, as a terminal may.
class Collected {
public:
    LogOutput output() {
        return [this](std::string_view line) {
            std::unique_lock lock(mutex_);
            has_line_.notify_all();
            is_blocked_by_line_ = true;
            open_.wait(lock, [this] { return !is_held_; });
            lines_.emplace_back(line);
        };
    }
    void hold() { is_held_ = true; }
    void wait_until_stuck() {
        std::unique_lock lock(mutex_);
        has_line_.wait(lock, [this] { return is_blocked_by_line_; });
    }
    void let_go() {
        std::scoped_lock const lock(mutex_);
        is_held_ = false;
        open_.notify_all();
    }
    std::vector<std::string> lines() {
        std::scoped_lock const lock(mutex_);
        return lines_;
    }

private:
    std::mutex mutex_;
    std::condition_variable open_;
    std::condition_variable has_line_;
    bool is_held_ = false;
    bool is_blocked_by_line_ = false;
    std::vector<std::string> lines_;
};

TEST(log, the_destructor_writes_out_what_is_queued) {
    Collected collected;
    auto log = make_log({}, collected.output());
    for (std::int64_t i = 0; i < 100; ++i)
        log->write(LogLevel::info, "step", {{"i", i}});
    log.reset();
    auto const lines = collected.lines();
    ASSERT_EQ(lines.size(), 100);
    EXPECT_TRUE(lines.front().ends_with(" INFO step i=0\n"));
    EXPECT_TRUE(lines.back().ends_with(" INFO step i=99\n"));
}

TEST(log, events_below_the_level_are_not_written) {
    Collected collected;
    auto log = make_log({.level = LogLevel::warning}, collected.output());
    log->write(LogLevel::debug, "a", {});
    log->write(LogLevel::info, "b", {});
    log->write(LogLevel::warning, "c", {});
    log->write(LogLevel::error, "d", {});
    log.reset();
    auto const lines = collected.lines();
    ASSERT_EQ(lines.size(), 2);
    EXPECT_TRUE(lines[0].ends_with(" WARNING c\n"));
    EXPECT_TRUE(lines[1].ends_with(" ERROR d\n"));
}

TEST(log, off_writes_nothing) {
    Collected collected;
    auto log = make_log({.level = LogLevel::off}, collected.output());
    log->write(LogLevel::error, "a", {});
    log->write(LogLevel::off, "b", {});
    log.reset();
    EXPECT_TRUE(collected.lines().empty());
}

TEST(log, braces_and_percents_are_not_a_format) {
    Collected collected;
    auto log = make_log({}, collected.output());
    log->write(LogLevel::info, "x", {{"name", "{}%v%n{0:d}"}});
    log.reset();
    ASSERT_EQ(collected.lines().size(), 1);
    EXPECT_TRUE(collected.lines().front().ends_with(" INFO x name={}%v%n{0:d}\n"));
}

TEST(log, a_stuck_output_does_not_stop_the_writers_and_the_oldest_lines_go) {
    Collected collected;
    collected.hold();
    auto log = make_log({.queue_lines_max = 4}, collected.output());
    log->write(LogLevel::info, "first", {});
    collected.wait_until_stuck();
    for (std::int64_t i = 0; i < 10; ++i)
        log->write(LogLevel::info, "step", {{"i", i}});
    collected.let_go();
    log.reset();
    auto const lines = collected.lines();
    ASSERT_EQ(lines.size(), 6);
    EXPECT_TRUE(lines[0].ends_with(" INFO first\n"));
    EXPECT_TRUE(lines[1].ends_with(" WARNING log.dropped lines=6\n")) << lines[1];
    EXPECT_TRUE(lines[2].ends_with(" INFO step i=6\n"));
    EXPECT_TRUE(lines[5].ends_with(" INFO step i=9\n"));
}

TEST(log, lines_of_many_threads_stay_whole) {
    Collected collected;
    auto log = make_log({.format = LogFormat::json}, collected.output());
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log] {
                for (int i = 0; i < 200; ++i)
                    log->write(LogLevel::info, "x", {{"name", std::string(100, 'a')}});
            });
        }
    }
    log.reset();
    auto const lines = collected.lines();
    ASSERT_EQ(lines.size(), 800);
    for (auto const& line : lines) {
        EXPECT_TRUE(line.starts_with("{\"time\":")) << line;
        EXPECT_TRUE(line.ends_with("\"}\n")) << line;
    }
}

TEST(log, the_silent_log_is_one_object) {
    silent_log().write(LogLevel::error, "x", {});
    EXPECT_EQ(&silent_log(), &silent_log());
}

}  // namespace
}  // namespace filegate::observe
