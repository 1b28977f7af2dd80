#include <fmt/format.h>

#include "cli/verbs.hpp"

namespace filegate::cli {

int sandbox(SandboxCommand const& command, Servers const& servers, Console const& console) {
    auto const on_ready = [&](std::string const& url) {
        console.out(fmt::format("listening on {}\n", url));
    };
    auto const settings = config::sandbox_settings(command.arguments);
    if (!settings) {
        console.err(failure_line({.error = settings.error()}));
        return exit_usage;
    }
    auto const served = servers.sandbox(*settings, on_ready);
    if (served) return exit_ok;
    console.err(failure_line({.error = served.error()}));
    return exit_code(served.error().code);
}

}  // namespace filegate::cli
