#include "cli/verbs.hpp"

namespace filegate::cli {

Task<int> reconcile(ReconcileCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    auto const report = co_await api.reconcile(command.mode);
    if (!report) co_return give_up(report.error(), tools.console);
    auto const out = command.is_json ? report->json + "\n" : recovery_table(*report);
    if (!tools.console.out(out)) co_return exit_code(ErrorCode::storage_error);
    if (!report->is_complete) {
        tools.console.err("filegate: there is more than one round looks into; run it again\n");
    }
    co_return exit_ok;
}

}  // namespace filegate::cli
