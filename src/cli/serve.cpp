#include <fmt/format.h>

#include "cli/verbs.hpp"

namespace filegate::cli {

int serve(ServeCommand const& command, config::Environment const& environment,
          Servers const& servers, Console const& console) {
    auto const loaded =
        config::load_settings(command.settings.file, environment, command.settings.overrides);
    if (!tell_problems(loaded, Concern::all, console))
        return exit_code(ErrorCode::configuration_error);
    auto const on_ready = [&](std::string const& url) {
        console.out(fmt::format("listening on {}\n", url));
    };
    auto const served = servers.serve(loaded.settings, on_ready);
    if (served) return exit_ok;
    console.err(failure_line({.error = served.error()}));
    return exit_code(served.error().code);
}

}  // namespace filegate::cli
