#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "cli/text_width.hpp"

namespace filegate::cli {
namespace {

constexpr std::uint64_t mib = 1 << 20;

TEST(progress, the_line_tells_name_bar_percent_sizes_and_rate) {
    EXPECT_EQ(progress_line({.name = "report.pdf",
                             .sent = 256 * mib,
                             .total = 512 * mib,
                             .elapsed = milliseconds(2000)},
                            90),
              "report.pdf  [==============>             ]   50%  256.0 MiB/512.0 MiB  134.2 MB/s");
}

TEST(progress, it_never_fills_the_last_column) {
    for (std::string_view const name :
         {"a", "report.pdf", "文件文件文件文件文件文件文件文件文件文件文件文件文件文件",
          "\x1b[2J"}) {
        for (std::size_t columns = 0; columns < 200; ++columns) {
            for (std::uint64_t const sent : {0ULL, 1ULL, 500ULL, 1000ULL}) {
                auto const line = progress_line(
                    {.name = name, .sent = sent, .total = 1000, .elapsed = seconds(1)}, columns);
                EXPECT_LE(text_width(line), columns > 0 ? columns - 1 : 0) << line << columns;
                EXPECT_EQ(line.find('\x1b'), std::string::npos);
            }
        }
    }
}

TEST(progress, a_hundred_percent_means_all) {
    auto const percent = [](std::uint64_t sent, std::uint64_t total) {
        return progress_line({.name = "a", .sent = sent, .total = total, .elapsed = seconds(1)},
                             60);
    };
    EXPECT_NE(percent(999'999, 1'000'000).find(" 99%"), std::string::npos);
    EXPECT_NE(percent(1'000'000, 1'000'000).find("100%"), std::string::npos);
    EXPECT_NE(percent(1'000'000, 1'000'000).find("waiting for the server"), std::string::npos);
    EXPECT_NE(percent(2'000'000, 1'000'000).find("100%"), std::string::npos);
    EXPECT_NE(percent(0, 0).find("100%"), std::string::npos);
    EXPECT_NE(percent(0, 10).find("  0%"), std::string::npos);
}

TEST(progress, sizes_are_for_people) {
    for (auto const& [bytes, text] : std::initializer_list<std::pair<std::uint64_t, char const*>>{
             {0, "0 B"},
             {1023, "1023 B"},
             {1024, "1.0 KiB"},
             {1536, "1.5 KiB"},
             {mib - 1, "1.0 MiB"},
             {512 * mib, "512.0 MiB"},
             {std::numeric_limits<std::uint64_t>::max(), "16384.0 PiB"},
         }) {
        EXPECT_EQ(human_size(bytes), text);
    }
}

class Screen {
public:
    Console console(std::optional<std::size_t> columns) {
        return {.out = [](std::string_view) { return true; },
                .err = [this](std::string_view text) { drawn.emplace_back(text); },
                .progress_columns = columns};
    }
    std::vector<std::string> drawn;
};

TEST(progress, the_bar_is_drawn_seldom_and_wiped_at_the_end) {
    Screen screen;
    auto const console = screen.console(80);
    SimLoop loop;
    auto const at = [&](milliseconds when) { loop.run(MonotonicTime(when)); };
    {
        ProgressBar bar(console, loop, "a", 1000);
        bar.show(1);
        EXPECT_TRUE(screen.drawn.empty());
        loop.start_timer(MonotonicTime(milliseconds(100)), [&] {
            bar.show(2);
            bar.show(3);
        });
        at(milliseconds(150));
        EXPECT_EQ(screen.drawn.size(), 1);
        bar.show(1000);
        EXPECT_EQ(screen.drawn.size(), 2);
    }
    ASSERT_EQ(screen.drawn.size(), 3);
    EXPECT_EQ(screen.drawn.back(), "\r\x1b[K");
}

TEST(progress, without_a_terminal_nothing_is_drawn) {
    Screen screen;
    auto const console = screen.console(std::nullopt);
    SimLoop loop;
    {
        ProgressBar bar(console, loop, "a", 10);
        bar.show(10);
    }
    EXPECT_TRUE(screen.drawn.empty());
}

}  // namespace
}  // namespace filegate::cli
