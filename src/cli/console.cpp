#include "cli/console.hpp"

#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace filegate::cli {
namespace {

std::optional<std::size_t> terminal_columns() {
    if (isatty(STDERR_FILENO) == 0) return std::nullopt;
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

bool write_all(std::FILE* stream, std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
           std::fflush(stream) == 0;
}

}  // namespace

Console standard_console() {
    return {.out = [](std::string_view text) { return write_all(stdout, text); },
            .err = [](std::string_view text) { (void)write_all(stderr, text); },
            .progress_columns = terminal_columns()};
}

}  // namespace filegate::cli
