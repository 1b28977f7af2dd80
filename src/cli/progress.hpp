#pragma once
// One line that says how far an upload is.

#include "base/clock.hpp"
#include "cli/console.hpp"

namespace filegate::cli {

struct Progress {
    std::string_view name;
    std::uint64_t sent = 0;
    std::uint64_t total = 0;
    milliseconds elapsed{0};
};

// report.pdf  [==========>         ]  52%  266.0/512.0 MiB  120.3 MB/s
// Never wider than columns - 1, so that no terminal wraps it. When all is sent the server is at
// work, and it says so.
std::string progress_line(Progress const& progress, std::size_t columns);

// 512.0 MiB, 3 B: for people.
std::string human_size(std::uint64_t bytes);

// Draws at most ten times a second, and nothing when there is no terminal; the destructor wipes the
// line.
class ProgressBar {
public:
    ProgressBar(Console const& console, Clock const& clock, std::string name, std::uint64_t total);
    ~ProgressBar();
    ProgressBar(ProgressBar const&) = delete;
    ProgressBar& operator=(ProgressBar const&) = delete;

    void show(std::uint64_t sent);

private:
    Console const& console_;
    Clock const& clock_;
    std::string name_;
    std::uint64_t total_;
    MonotonicTime started_;
    MonotonicTime drawn_;
    bool is_drawn_ = false;
};

}  // namespace filegate::cli
