#pragma once
// One verb, one file. Each answers with the exit code.

#include "base/worker_pool.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_code.hpp"

namespace filegate::cli {

using ReadyCallback = std::function<void(std::string const& url)>;

// What the verbs that run a server need from outside; app/serve.hpp in production.
struct Servers {
    std::function<Result<void>(config::Settings const&, ReadyCallback)> serve;
    std::function<Result<void>(config::SandboxSettings const&, ReadyCallback)> sandbox;
};

int serve(ServeCommand const& command, config::Environment const& environment,
          Servers const& servers, Console const& console);
int sandbox(SandboxCommand const& command, Servers const& servers, Console const& console);
int configuration(ConfigCommand const& command, config::Environment const& environment,
                  Console const& console);
int version(VersionCommand const& command, Console const& console);
int issue_token(TokenCommand const& command, config::Environment const& environment,
                Console const& console);
int rotate_secret(TokenCommand const& command, config::Environment const& environment,
                  Console const& console);

// What the verbs that are clients need. Everything outlives the verb.
struct ClientTools {
    net::HttpClient& http;
    WorkerPool& workers;  // for disk
    Clock const& clock;
    Console const& console;
    int input = 0;                        // the descriptor that `-` reads
    std::string scratch_folder = "/tmp";  // for what cannot be read twice
};

Task<int> upload(UploadCommand command, ClientTools& tools);
Task<int> list(ListCommand command, ClientTools& tools);
Task<int> get(GetCommand command, ClientTools& tools);
Task<int> remove(RemoveCommand command, ClientTools& tools);
Task<int> deliver(DeliverCommand command, ClientTools& tools);
Task<int> breakers(BreakersCommand command, ClientTools& tools);
Task<int> locks(LocksCommand command, ClientTools& tools);
Task<int> reconcile(ReconcileCommand command, ClientTools& tools);
Task<int> audit(AuditCommand command, ClientTools& tools);
Task<int> quota(QuotaCommand command, ClientTools& tools);
Task<int> doctor(DoctorCommand command, config::Environment environment, ClientTools& tools);
Task<int> inspect_token(TokenCommand command, config::Environment environment, ClientTools& tools);
Task<int> revoke_token(TokenCommand command, ClientTools& tools);

// Which problems of a configuration matter to a command.
enum class Concern : std::uint8_t {
    all,     // it serves, or says whether one could
    values,  // it only uses what is configured
};
// Prints them to `err`; false when one is an error.
bool tell_problems(config::LoadedSettings const& loaded, Concern concern, Console const& console);

// `name  file-id  bytes  -> kimi:id (deduplicated)`, for people.
std::string file_line(FileObject const& file);

// exit_ok, or that of a provider error when a named provider did not take the file.
int exit_code_of(FileObject const& file);

}  // namespace filegate::cli
