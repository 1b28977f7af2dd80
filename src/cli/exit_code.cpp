#include "cli/exit_code.hpp"

#include <array>

namespace filegate::cli {
namespace {

constexpr std::array rows{
    ExitCodeRow{exit_ok, "ok", "Everything asked for was done."},
    ExitCodeRow{exit_usage, "usage", "The command line itself is wrong; nothing was tried."},
    ExitCodeRow{10, "validation", "The file or the request is at fault; errors 1xxx."},
    ExitCodeRow{20, "access", "Not allowed, or beyond a quota or a rate; errors 2xxx."},
    ExitCodeRow{30, "provider", "No provider took the file; it may be kept; errors 3xxx."},
    ExitCodeRow{40, "locking", "Somebody else is at work on it; errors 4xxx."},
    ExitCodeRow{50, "storage", "Disk or database failed or are full; errors 5xxx."},
    ExitCodeRow{90, "system", "Configuration, network, or an unforeseen failure; errors 9xxx."},
};

}  // namespace

std::span<ExitCodeRow const> exit_codes() {
    return rows;
}

int exit_code(ErrorCode code) {
    return 10 * static_cast<int>(category(code));
}

}  // namespace filegate::cli
