#include <fmt/format.h>

#include "cli/verbs.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {

Task<int> remove(RemoveCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    int result = exit_ok;
    for (auto const& id : command.ids) {
        auto const removed = co_await api.remove(id);
        if (removed) {
            tools.console.out(command.is_json
                                  ? fmt::format(R"({{"id":{},"deleted":true}})"
                                                "\n",
                                                observe::json_quoted(id))
                                  : fmt::format("{} removed\n", observe::printable(id)));
            continue;
        }
        if (command.is_json) tools.console.out(json_line("id", id, removed.error()));
        tools.console.err(failure_line(removed.error(), id));
        if (result == exit_ok) result = exit_code(removed.error().error.code);
        if (removed.error().is_unreachable) break;
    }
    co_return result;
}

}  // namespace filegate::cli
