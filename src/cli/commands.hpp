#pragma once
// What a command line asks for, one struct per verb.

#include <variant>

#include "cli/api_client.hpp"
#include "config/sandbox_settings.hpp"
#include "config/settings.hpp"

namespace filegate::cli {

struct SettingsSource {
    std::optional<std::filesystem::path> file;  // --config or FILEGATE_CONFIG
    std::vector<config::Override> overrides;
};

struct ServeCommand {
    SettingsSource settings;
};

struct SandboxCommand {
    config::SandboxArguments arguments;
};

struct ConfigCommand {
    enum class Action : std::uint8_t { check, show, schema };
    enum class Format : std::uint8_t { json, toml, markdown };
    Action action = Action::check;
    Format format = Format::json;  // of schema
    SettingsSource settings;
};

struct VersionCommand {
    bool is_json = false;
};

struct UploadCommand {
    Server server;
    std::vector<std::string> paths;
    bool is_recursive = false;
    UploadWish wish;  // `filename` only with --name
    bool is_json = false;
};

struct ListCommand {
    Server server;
    std::string purpose;
    std::size_t limit = 100;  // 0: all
    bool is_json = false;
};

struct GetCommand {
    Server server;
    std::string id;
    std::string output;  // empty: the file's own name; "-": standard output; or a folder
    bool may_overwrite = false;
};

struct RemoveCommand {
    Server server;
    std::vector<std::string> ids;
    bool is_json = false;
};

struct DeliverCommand {
    Server server;
    std::vector<std::string> ids;
    DeliverWish wish;
    bool is_json = false;
};

struct BreakersCommand {
    enum class Action : std::uint8_t { list, open, close };
    Server server;
    Action action = Action::list;
    BreakerName name;  // but to list
    bool is_json = false;
};

struct LocksCommand {
    enum class Action : std::uint8_t { list, stats, force };
    Server server;
    Action action = Action::list;
    std::string key;  // to force
    bool is_json = false;
};

struct ReconcileCommand {
    Server server;
    ReconcileMode mode = ReconcileMode::act;
    bool is_json = false;
};

struct AuditCommand {
    enum class Action : std::uint8_t { show, verify };  // show: export
    enum class Format : std::uint8_t { jsonl, csv };
    Server server;
    Action action = Action::verify;
    Format format = Format::jsonl;
    AuditWish wish;
    std::string since;  // a duration (ago), a day such as 2026-01-31, or seconds since 1970
    std::string until;
    std::string noted;        // ID:HASH
    std::string data_folder;  // not empty: without a server
    bool is_json = false;
};

struct QuotaCommand {
    enum class Action : std::uint8_t { show, set };
    Server server;
    Action action = Action::show;
    std::string principal;                     // empty: everybody's are shown
    std::optional<std::uint64_t> limit_bytes;  // to set; none: the default again
    bool is_json = false;
};

struct DoctorCommand {
    SettingsSource settings;
    Server server;
    bool is_server_named = false;  // else it is the one that the configuration describes
    bool is_json = false;
};

struct TokenCommand {
    enum class Action : std::uint8_t { issue, inspect, rotate, revoke };
    Action action = Action::issue;
    SettingsSource settings;  // but to revoke
    Server server;            // to revoke
    std::string subject;
    std::string scopes = "files:read files:write files:query";
    seconds lifetime{3600};
    std::string key_id;
    std::string token;  // "-": standard input
    std::string token_id;
    bool is_json = false;
};

using Command = std::variant<ServeCommand, SandboxCommand, ConfigCommand, VersionCommand,
                             UploadCommand, ListCommand, GetCommand, RemoveCommand, DeliverCommand,
                             BreakersCommand, LocksCommand, ReconcileCommand, AuditCommand,
                             QuotaCommand, DoctorCommand, TokenCommand>;

// Nothing to run: help was asked for, or the command line is wrong.
struct Stop {
    int exit_code = 0;
    std::string out;
    std::string err;
};

// `arguments` without the program's name.
std::expected<Command, Stop> parse_command_line(std::vector<std::string> arguments,
                                                config::Environment const& environment);

}  // namespace filegate::cli
