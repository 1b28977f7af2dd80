// The grammar of the command line. CLI11 is known here only.

#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/token_file.hpp"
#include "cli/token_grammar.hpp"
#include "config/address.hpp"
#include "config/units.hpp"

namespace filegate::cli {
namespace {

using config::Environment;

// What CLI11 writes into before it is understood. One for all verbs: a run has one verb.
struct Texts {
    std::string config;
    std::string listen;
    std::string data;
    std::vector<std::string> set;
    std::string server;
    std::string token_file;
    std::string expires_after;
    std::string format = "json";
    std::string breaker;
    std::string quota_size;
    bool is_dry_run = false;
};

struct Parsed {
    Texts texts;
    SandboxCommand sandbox;
    ConfigCommand configuration;
    VersionCommand version;
    UploadCommand upload;
    ListCommand list;
    GetCommand get;
    RemoveCommand remove;
    DeliverCommand deliver;
    BreakersCommand breakers;
    LocksCommand locks;
    ReconcileCommand reconcile;
    AuditCommand audit;
    QuotaCommand quota;
    DoctorCommand doctor;
    TokenTexts token;
};

std::string from(Environment const& environment, std::string const& name) {
    auto const found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

void add_settings_options(CLI::App& verb, Texts& texts) {
    verb.add_option("--config", texts.config, "TOML file; also FILEGATE_CONFIG")->type_name("FILE");
    verb.add_option("--set", texts.set, "a configuration key, such as log.level=debug")
        ->type_name("KEY=VALUE")
        ->take_all();
}

void add_server_options(CLI::App& verb, Texts& texts, bool* is_json,
                        std::string const& what = "one line of JSON per file") {
    verb.add_option(
            "--server", texts.server,
            "a running Filegate; also FILEGATE_URL; its token: FILEGATE_TOKEN; who vouches for "
            "its certificate, if no authority of the system does: FILEGATE_CA_FILE")
        ->type_name("URL");
    verb.add_option("--token-file", texts.token_file, "the token's file; else FILEGATE_TOKEN")
        ->type_name("FILE");
    if (is_json != nullptr) verb.add_flag("--json", *is_json, what);
}

void add_delivery_options(CLI::App& verb, std::string& provider, std::string& purpose,
                          std::string& deliver) {
    verb.add_option("--provider", provider, "auto, one name, or several with commas");
    verb.add_option("--purpose", purpose, "what the files are for");
    verb.add_option("--deliver", deliver,
                    "wait for the provider, deliver later, or none: keep only")
        ->check(CLI::IsMember({"wait", "later", "none"}));
}

void add_servers(CLI::App& app, Parsed& parsed) {
    auto& serve = *app.add_subcommand("serve", "run the gateway");
    serve.add_option("--listen", parsed.texts.listen, "address; port 0 takes any free one")
        ->type_name("HOST:PORT");
    serve.add_option("--data", parsed.texts.data, "where files and the catalog are kept")
        ->type_name("FOLDER");
    add_settings_options(serve, parsed.texts);

    auto& arguments = parsed.sandbox.arguments;
    auto& sandbox = *app.add_subcommand("sandbox", "imitate the providers on this machine");
    sandbox.add_option("--listen", arguments.listen, "address; port 0 takes any free one")
        ->type_name("HOST:PORT")
        ->capture_default_str();
    sandbox.add_option("--purposes", arguments.purposes, "which words are taken")
        ->check(CLI::IsMember({"documented", "original"}))
        ->capture_default_str();
    sandbox
        .add_option("--fault", arguments.faults,
                    "such as kimi:upload:status=503:rate=0.2, *:*:latency:ms=250, "
                    "glm:upload:lost_answer; may be given again")
        ->type_name("FAULT")
        ->take_all();
    sandbox.add_option("--seed", arguments.seed, "of the faults' chance")
        ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
        ->capture_default_str();
}

void add_upload(CLI::App& app, Parsed& parsed) {
    auto& command = parsed.upload;
    auto& verb = *app.add_subcommand("upload", "upload files");
    verb.add_option("files", command.paths,
                    "files, folders (with --recursive), globs, or - for standard input")
        ->required();
    verb.add_flag("-r,--recursive", command.is_recursive,
                  "take what is in folders, but no hidden files and no links");
    verb.add_option("--name", command.wish.filename, "the file's name; for one file, needed by -");
    add_delivery_options(verb, command.wish.provider, command.wish.purpose, command.wish.deliver);
    verb.add_option("--expires-after", parsed.texts.expires_after, "from 1h to 30d")
        ->type_name("DURATION");
    add_server_options(verb, parsed.texts, &command.is_json);
}

void add_clients(CLI::App& app, Parsed& parsed) {
    add_upload(app, parsed);
    auto& list = *app.add_subcommand("ls", "list files, newest first");
    list.add_option("--purpose", parsed.list.purpose, "only files of this purpose");
    list.add_option("--limit", parsed.list.limit, "at most so many; 0: all")
        ->check(CLI::Range(0, 1'000'000'000))
        ->capture_default_str();
    add_server_options(list, parsed.texts, &parsed.list.is_json);

    auto& get = *app.add_subcommand("get", "download a file and check its SHA-256");
    get.add_option("id", parsed.get.id, "file-...")->required();
    get.add_option("-o,--output", parsed.get.output,
                   "a file, a folder, or - for standard output; else the file's own name");
    get.add_flag("--force", parsed.get.may_overwrite, "overwrite what is there");
    add_server_options(get, parsed.texts, nullptr);

    auto& remove = *app.add_subcommand("rm", "delete files here and at the providers");
    remove.add_option("ids", parsed.remove.ids, "file-...")->required();
    add_server_options(remove, parsed.texts, &parsed.remove.is_json);

    auto& deliver = *app.add_subcommand("deliver", "deliver kept files to a provider again");
    deliver.add_option("ids", parsed.deliver.ids, "file-...")->required();
    auto& wish = parsed.deliver.wish;
    add_delivery_options(deliver, wish.provider, wish.purpose, wish.deliver);
    add_server_options(deliver, parsed.texts, &parsed.deliver.is_json);
}

// A word behind a verb; the verb's own options may stand behind it, too.
CLI::App& add_word(CLI::App& verb, std::string const& name, std::string const& what) {
    return *verb.add_subcommand(name, what)->fallthrough();
}

void add_audit(CLI::App& app, Parsed& parsed) {
    auto& command = parsed.audit;
    auto& verb = *app.add_subcommand("audit", "the audit trail: export it, or verify its chain");
    verb.require_subcommand(1);
    add_server_options(verb, parsed.texts, &command.is_json, "the verdict as JSON");
    auto& show = add_word(verb, "export", "every row, oldest first");
    auto const when = "a time ago such as 24h, a day such as 2026-01-31, or seconds since 1970";
    show.add_option("--since", command.since, when)->type_name("TIME");
    show.add_option("--until", command.until, "exclusive; as --since")->type_name("TIME");
    show.add_option("--principal", command.wish.principal, "only rows of this principal");
    show.add_option("--action", command.wish.action, "such as file.deleted, or all of file.");
    show.add_option("--file", command.wish.file, "only rows about this file");
    show.add_option("--format", parsed.texts.format, "jsonl or csv")
        ->check(CLI::IsMember({"jsonl", "csv"}));
    auto& verify = add_word(verb, "verify", "say whether a row was changed, and which one");
    verify.add_option("--noted", command.noted, "a head that was told before: must still be there")
        ->type_name("ID:HASH");
    verify.add_option("--data", command.data_folder, "of a gateway that does not run")
        ->type_name("FOLDER");
}

void add_operations(CLI::App& app, Parsed& parsed) {
    auto& texts = parsed.texts;
    auto& breakers = *app.add_subcommand(
        "breakers", "circuit breakers: list them (as without a word), open or close one");
    breakers.require_subcommand(0, 1);
    add_server_options(breakers, texts, &parsed.breakers.is_json, "one line of JSON per breaker");
    add_word(breakers, "list", "each transport's state, since when and why");
    auto& open = add_word(breakers, "open", "send nothing over a transport for a while");
    auto& close = add_word(breakers, "close", "let requests through at once, forget failures");
    for (auto* const word : {&open, &close}) {
        word->add_option("key", texts.breaker, "such as glm/native")->required();
    }

    auto& locks = *app.add_subcommand(
        "locks", "locks on deliveries: list them (as without a word), count, or break one");
    locks.require_subcommand(0, 1);
    add_server_options(locks, texts, &parsed.locks.is_json, "one line of JSON per lock");
    add_word(locks, "list", "who holds what since when");
    add_word(locks, "stats", "how many are held, waited for, were broken");
    add_word(locks, "force", "take a lock from its holder")
        .add_option("key", parsed.locks.key, "as the list has it")
        ->required();

    auto& reconcile = *app.add_subcommand(
        "reconcile", "look at the providers for the copies of deliveries whose end is not known");
    reconcile.add_flag("--dry-run", texts.is_dry_run, "say what would be done, change nothing");
    add_server_options(reconcile, texts, &parsed.reconcile.is_json, "the report as JSON");

    auto& quota = *app.add_subcommand(
        "quota", "how many bytes principals keep and may keep: show it, or set a limit");
    quota.require_subcommand(1);
    add_server_options(quota, texts, &parsed.quota.is_json, "one line of JSON per principal");
    add_word(quota, "show", "everybody's, or one principal's")
        .add_option("principal", parsed.quota.principal, "as tokens name it, or local");
    auto& set_quota = add_word(quota, "set", "give a principal a limit of its own");
    set_quota.add_option("principal", parsed.quota.principal, "as tokens name it, or local")
        ->required();
    set_quota.add_option("size", texts.quota_size, "such as 50GiB, or default")->required();

    auto& doctor = *app.add_subcommand(
        "doctor", "check configuration, data folder and, when it runs, the server");
    doctor.add_option("--data", texts.data, "where files and the catalog are kept")
        ->type_name("FOLDER");
    add_settings_options(doctor, texts);
    add_server_options(doctor, texts, &parsed.doctor.is_json, "one line of JSON per part");
}

void add_tokens(CLI::App& app, Parsed& parsed) {
    auto const words = add_token_words(app, parsed.token);
    for (auto* const word : words.local)
        add_settings_options(*word, parsed.texts);
    add_server_options(*words.revoke, parsed.texts, &parsed.token.command.is_json,
                       "the answer as JSON");
}

void add_configuration(CLI::App& app, Parsed& parsed) {
    auto& verb = *app.add_subcommand("config", "check, show or describe the configuration");
    verb.require_subcommand(1);
    auto& check = *verb.add_subcommand("check", "tell every problem at once");
    auto& show = *verb.add_subcommand("show", "every value and where it comes from");
    auto& schema = *verb.add_subcommand("schema", "every key there is");
    add_settings_options(check, parsed.texts);
    add_settings_options(show, parsed.texts);
    schema.add_option("--format", parsed.texts.format, "json (a JSON Schema), toml or markdown")
        ->check(CLI::IsMember({"json", "toml", "markdown"}))
        ->capture_default_str();
    auto& version = *app.add_subcommand("version", "this release and what it is built of");
    version.add_flag("--json", parsed.version.is_json, "as JSON");
}

using Refusal = std::expected<void, std::string>;

std::expected<SettingsSource, std::string> settings_source(Texts const& texts,
                                                           Environment const& environment) {
    SettingsSource source;
    auto const file = texts.config.empty() ? from(environment, "FILEGATE_CONFIG") : texts.config;
    if (!file.empty()) source.file = file;
    if (!texts.listen.empty()) {
        auto const address = config::parse_address(texts.listen);
        if (!address) return std::unexpected("--listen: " + address.error().message);
        source.overrides.push_back({"server.host", address->host, "--listen"});
        source.overrides.push_back({"server.port", std::to_string(address->port), "--listen"});
    }
    if (!texts.data.empty()) source.overrides.push_back({"data.folder", texts.data, "--data"});
    for (auto const& one : texts.set) {
        auto const equals = one.find('=');
        if (equals == std::string::npos) {
            return std::unexpected(fmt::format("--set takes KEY=VALUE, not \"{}\"", one));
        }
        source.overrides.push_back({one.substr(0, equals), one.substr(equals + 1), "--set"});
    }
    return source;
}

std::expected<Server, std::string> server(Texts const& texts, Environment const& environment) {
    Server server;
    auto url = texts.server.empty() ? from(environment, "FILEGATE_URL") : texts.server;
    // The address that OpenAI clients are given ends in /v1.
    while (url.ends_with('/'))
        url.pop_back();
    if (url.ends_with("/v1")) url.resize(url.size() - 3);
    if (!url.empty()) server.url = url;
    if (!config::url_address(server.url)) {
        return std::unexpected(
            fmt::format("\"{}\" is not a server such as http://127.0.0.1:8787; "
                        "see --server and FILEGATE_URL",
                        server.url));
    }
    auto token = token_for_server(texts.token_file, from(environment, "FILEGATE_TOKEN"));
    if (!token) return std::unexpected(token.error());
    server.token = *std::move(token);
    return server;
}

Refusal finish_upload(UploadCommand& command, Texts const& texts) {
    auto const has_input = std::ranges::count(command.paths, "-");
    if (has_input > 1) return std::unexpected("- can be named once only");
    if (has_input == 1 && command.wish.filename.empty()) {
        return std::unexpected("- needs a name for the file: --name report.pdf");
    }
    if (!command.wish.filename.empty() && (command.paths.size() > 1 || command.is_recursive)) {
        return std::unexpected("--name is for one file");
    }
    if (texts.expires_after.empty()) return {};
    auto const duration = config::parse_duration(texts.expires_after);
    if (!duration || duration->count() % 1000 != 0) {
        return std::unexpected(
            fmt::format("--expires-after takes a duration such as 12h or 7d, "
                        "not \"{}\"",
                        texts.expires_after));
    }
    command.wish.expires_after = std::chrono::duration_cast<seconds>(*duration);
    return {};
}

using Understood = std::expected<Command, std::string>;

template <class C>
Understood with_settings(C command, Texts const& texts, Environment const& environment) {
    auto source = settings_source(texts, environment);
    if (!source) return std::unexpected(source.error());
    command.settings = *std::move(source);
    return command;
}

template <class C>
Understood with_server(C command, Texts const& texts, Environment const& environment) {
    auto found = server(texts, environment);
    if (!found) return std::unexpected(found.error());
    command.server = *std::move(found);
    return command;
}

Understood configuration(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto& command = parsed.configuration;
    using Action = ConfigCommand::Action;
    using Format = ConfigCommand::Format;
    if (verb.got_subcommand("show")) command.action = Action::show;
    if (verb.got_subcommand("schema")) command.action = Action::schema;
    if (parsed.texts.format == "toml") command.format = Format::toml;
    if (parsed.texts.format == "markdown") command.format = Format::markdown;
    return with_settings(command, parsed.texts, environment);
}

Understood breakers(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto& command = parsed.breakers;
    using Action = BreakersCommand::Action;
    if (verb.got_subcommand("open")) command.action = Action::open;
    if (verb.got_subcommand("close")) command.action = Action::close;
    auto const& key = parsed.texts.breaker;
    auto const slash = std::min(key.find('/'), key.size());
    command.name.provider = key.substr(0, slash);
    if (slash < key.size()) command.name.transport = key.substr(slash + 1);
    auto const is_whole = !command.name.provider.empty() && !command.name.transport.empty();
    if (command.action != Action::list && !is_whole) {
        return std::unexpected(
            fmt::format("\"{}\" is no breaker: they are called PROVIDER/TRANSPORT, such as "
                        "glm/native; `filegate breakers` lists them",
                        key));
    }
    return with_server(command, parsed.texts, environment);
}

Understood locks(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto& command = parsed.locks;
    using Action = LocksCommand::Action;
    if (verb.got_subcommand("stats")) command.action = Action::stats;
    if (verb.got_subcommand("force")) command.action = Action::force;
    return with_server(command, parsed.texts, environment);
}

Understood audit(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto& command = parsed.audit;
    if (verb.got_subcommand("export")) command.action = AuditCommand::Action::show;
    if (parsed.texts.format == "csv") command.format = AuditCommand::Format::csv;
    return with_server(command, parsed.texts, environment);
}

Understood token(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto command = understand_token(verb, parsed.token);
    if (!command) return std::unexpected(command.error());
    if (command->action == TokenCommand::Action::revoke) {
        return with_server(*std::move(command), parsed.texts, environment);
    }
    return with_settings(*std::move(command), parsed.texts, environment);
}

Understood quota(CLI::App const& verb, Parsed& parsed, Environment const& environment) {
    auto& command = parsed.quota;
    auto const& size = parsed.texts.quota_size;
    if (verb.got_subcommand("set")) {
        command.action = QuotaCommand::Action::set;
        command.limit_bytes = config::parse_size(size);
        if (!command.limit_bytes && size != "default") {
            return std::unexpected(
                fmt::format("\"{}\" is no size such as 50GiB, nor default", size));
        }
    }
    return with_server(command, parsed.texts, environment);
}

Understood doctor(Parsed& parsed, Environment const& environment) {
    auto& command = parsed.doctor;
    auto const& texts = parsed.texts;
    auto source = settings_source(texts, environment);
    if (!source) return std::unexpected(source.error());
    command.settings = *std::move(source);
    command.is_server_named = !texts.server.empty() || !from(environment, "FILEGATE_URL").empty();
    return with_server(command, texts, environment);
}

Understood understand(CLI::App const& app, Parsed& parsed, Environment const& environment) {
    auto const& texts = parsed.texts;
    auto const* const verb = app.get_subcommands().front();
    auto const& name = verb->get_name();
    if (name == "serve") return with_settings(ServeCommand{}, texts, environment);
    if (name == "sandbox") return parsed.sandbox;
    if (name == "config") return configuration(*verb, parsed, environment);
    if (name == "version") return parsed.version;
    if (name == "ls") return with_server(parsed.list, texts, environment);
    if (name == "get") return with_server(parsed.get, texts, environment);
    if (name == "rm") return with_server(parsed.remove, texts, environment);
    if (name == "deliver") return with_server(parsed.deliver, texts, environment);
    if (name == "breakers") return breakers(*verb, parsed, environment);
    if (name == "locks") return locks(*verb, parsed, environment);
    if (name == "audit") return audit(*verb, parsed, environment);
    if (name == "token") return token(*verb, parsed, environment);
    if (name == "quota") return quota(*verb, parsed, environment);
    if (name == "doctor") return doctor(parsed, environment);
    if (name == "reconcile") {
        if (texts.is_dry_run) parsed.reconcile.mode = ReconcileMode::dry;
        return with_server(parsed.reconcile, texts, environment);
    }
    if (auto const fits = finish_upload(parsed.upload, texts); !fits) {
        return std::unexpected(fits.error());
    }
    return with_server(parsed.upload, texts, environment);
}

std::string exit_code_help() {
    std::string out = "Exit codes:\n";
    for (auto const& row : exit_codes())
        out += fmt::format("  {:2}  {:11} {}\n", row.code, row.name, row.meaning);
    return out;
}

Stop usage_error(std::string const& what) {
    return {.exit_code = exit_usage, .err = fmt::format("filegate: {}; see --help\n", what)};
}

}  // namespace

std::expected<Command, Stop> parse_command_line(std::vector<std::string> arguments,
                                                Environment const& environment) {
    Parsed parsed;
    bool is_version_asked = false;
    CLI::App app("The file layer between your programs and the providers of language models.",
                 "filegate");
    app.require_subcommand(0, 1);
    app.footer(exit_code_help());
    app.add_flag("--version", is_version_asked, "same as `filegate version`");
    add_servers(app, parsed);
    add_clients(app, parsed);
    add_operations(app, parsed);
    add_audit(app, parsed);
    add_tokens(app, parsed);
    add_configuration(app, parsed);
    std::ranges::reverse(arguments);  // as CLI11 takes them
    try {
        app.parse(arguments);
    } catch (CLI::Success const& help) {
        std::ostringstream out;
        app.exit(help, out, out);
        return std::unexpected(Stop{.exit_code = exit_ok, .out = out.str()});
    } catch (CLI::ParseError const& error) {
        return std::unexpected(usage_error(error.what()));
    }
    if (is_version_asked) return VersionCommand{};
    if (app.get_subcommands().empty()) {
        return std::unexpected(Stop{.exit_code = exit_usage, .err = app.help()});
    }
    auto understood = understand(app, parsed, environment);
    if (!understood) return std::unexpected(usage_error(understood.error()));
    return *std::move(understood);
}

}  // namespace filegate::cli
