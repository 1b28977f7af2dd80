#include "cli/verbs.hpp"

namespace filegate::cli {

Task<int> deliver(DeliverCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    int result = exit_ok;
    for (auto const& id : command.ids) {
        auto const file = co_await api.deliver(id, command.wish);
        if (command.is_json) {
            tools.console.out(json_line("id", id, file));
        } else if (file) {
            tools.console.out(file_line(*file));
        }
        if (file && result == exit_ok) result = exit_code_of(*file);
        if (file) continue;
        tools.console.err(failure_line(file.error(), id));
        if (result == exit_ok) result = exit_code(file.error().error.code);
        if (file.error().is_unreachable) break;
    }
    co_return result;
}

}  // namespace filegate::cli
