#include "cli/run_cli.hpp"

#include <csignal>

#include <fmt/format.h>

#include "app/block_on.hpp"
#include "app/serve.hpp"
#include "cli/verbs.hpp"
#include "config/version.hpp"
#include "net/loop.hpp"

namespace filegate::cli {
namespace {

using ClientVerb = std::function<Task<int>(ClientTools&)>;

int run_client(ClientVerb const& verb, Console const& console,
               config::Environment const& environment) {
    SystemClock clock;
    WorkerPool workers("disk", 1);
    net::LoopThread thread(clock, "client");
    auto const authorities = environment.find("FILEGATE_CA_FILE");
    net::CurlClient http(
        thread.loop(),
        {.ca_file = authorities == environment.end() ? std::string() : authorities->second,
         .user_agent = fmt::format("filegate/{}", config::version)});
    ClientTools tools{.http = http, .workers = workers, .clock = clock, .console = console};
    auto const folder = environment.find("TMPDIR");
    if (folder != environment.end() && !folder->second.empty()) {
        tools.scratch_folder = folder->second;
    }
    return app::block_on(thread.loop(), verb(tools));
}

struct Run {
    Console const& console;
    config::Environment const& environment;

    Servers servers() const { return {.serve = app::serve, .sandbox = app::sandbox}; }

    int operator()(ServeCommand const& command) const {
        return serve(command, environment, servers(), console);
    }
    int operator()(SandboxCommand const& command) const {
        return sandbox(command, servers(), console);
    }
    int operator()(ConfigCommand const& command) const {
        return configuration(command, environment, console);
    }
    int operator()(VersionCommand const& command) const { return version(command, console); }
    int operator()(UploadCommand const& command) const { return client(command, upload); }
    int operator()(ListCommand const& command) const { return client(command, list); }
    int operator()(GetCommand const& command) const { return client(command, get); }
    int operator()(RemoveCommand const& command) const { return client(command, remove); }
    int operator()(DeliverCommand const& command) const { return client(command, deliver); }
    int operator()(BreakersCommand const& command) const { return client(command, breakers); }
    int operator()(LocksCommand const& command) const { return client(command, locks); }
    int operator()(ReconcileCommand const& command) const { return client(command, reconcile); }
    int operator()(AuditCommand const& command) const { return client(command, audit); }
    int operator()(QuotaCommand const& command) const { return client(command, quota); }
    int operator()(DoctorCommand const& command) const {
        return run_client([&](ClientTools& tools) { return doctor(command, environment, tools); },
                          console, environment);
    }
    int operator()(TokenCommand const& command) const {
        switch (command.action) {
            case TokenCommand::Action::issue:
                return issue_token(command, environment, console);
            case TokenCommand::Action::rotate:
                return rotate_secret(command, environment, console);
            case TokenCommand::Action::inspect:
                return run_client(
                    [&](ClientTools& tools) { return inspect_token(command, environment, tools); },
                    console, environment);
            case TokenCommand::Action::revoke:
                return client(command, revoke_token);
        }
        return exit_usage;
    }

    template <class C>
    int client(C const& command, Task<int> (*verb)(C, ClientTools&)) const {
        return run_client([&](ClientTools& tools) { return verb(command, tools); }, console,
                          environment);
    }
};

}  // namespace

int run_cli(int argc, char** argv, std::map<std::string, std::string> environment) {
    // A reader that went away is a failed write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    auto const console = standard_console();
    auto const command = parse_command_line({argv + std::min(argc, 1), argv + argc}, environment);
    if (!command) {
        console.err(command.error().err);
        console.out(command.error().out);
        return command.error().exit_code;
    }
    return std::visit(Run{.console = console, .environment = environment}, *command);
}

}  // namespace filegate::cli
