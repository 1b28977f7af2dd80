#include <fmt/format.h>

#include "cli/verbs.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

using Action = LocksCommand::Action;

std::string list_text(LockObjects const& found, LocksCommand const& command) {
    if (!command.is_json) {
        return found.locks.empty() ? "no lock is held\n" : lock_table(found.locks);
    }
    std::string out;
    for (auto const& lock : found.locks)
        out += lock.json + "\n";
    return out;
}

std::string statistics_text(LockObjects const& found, LocksCommand const& command) {
    return command.is_json ? found.statistics_json + "\n" : statistics_table(found);
}

// One that nobody holds is most likely a misspelt one.
Task<int> force(ApiClient& api, LocksCommand const& command, Console const& console) {
    auto const released = co_await api.force_unlock(command.key);
    if (!released) co_return give_up(released.error(), console);
    if (command.is_json) {
        console.out(fmt::format(R"({{"key":{},"released":{}}})"
                                "\n",
                                observe::json_quoted(command.key), *released));
    } else if (*released) {
        console.out(fmt::format("{} released\n", observe::printable(command.key)));
    }
    if (*released) co_return exit_ok;
    console.err(fmt::format("filegate: nobody holds {}; `filegate locks` lists what is held\n",
                            observe::printable(command.key)));
    co_return exit_code(ErrorCode::validation_failed);
}

}  // namespace

Task<int> locks(LocksCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    if (command.action == Action::force) co_return co_await force(api, command, tools.console);
    auto const found = co_await api.locks();
    if (!found) co_return give_up(found.error(), tools.console);
    auto const out = command.action == Action::list ? list_text(*found, command)
                                                    : statistics_text(*found, command);
    co_return tools.console.out(out) ? exit_ok : exit_code(ErrorCode::storage_error);
}

}  // namespace filegate::cli
