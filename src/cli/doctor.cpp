// First what can be seen from here, configuration and disk, then what the server says of itself.

#include <fmt/format.h>

#include "cli/data_folder.hpp"
#include "cli/verbs.hpp"
#include "config/address.hpp"

namespace filegate::cli {
namespace {

using State = Finding::State;
using Findings = std::vector<Finding>;

void append(Findings& all, Findings more) {
    std::ranges::move(more, std::back_inserter(all));
}

std::string account_names(config::Settings const& settings) {
    std::string names;
    for (auto const& account : config::usable_accounts(settings))
        names += (names.empty() ? "" : ", ") + account.name.text();
    return names.empty() ? "none" : names;
}

Findings configuration_findings(config::LoadedSettings const& loaded,
                                SettingsSource const& source) {
    Findings findings;
    for (auto problem : loaded.problems) {
        // The mark says that it is a warning.
        auto const is_warning = std::exchange(problem.is_warning, false);
        findings.push_back({.part = "configuration",
                            .state = is_warning ? State::impaired : State::unwell,
                            .what = config::describe(problem)});
    }
    if (!findings.empty()) return findings;
    auto const where = source.file ? source.file->string() : "no file, defaults and environment";
    return {{.part = "configuration",
             .what = fmt::format("{}; accounts with a key: {}", where,
                                 account_names(loaded.settings))}};
}

// What needs no server. Blocks.
struct Local {
    config::LoadedSettings loaded;
    std::optional<FolderFacts> folder;  // none: the configuration does not say which
};

Local look_here(SettingsSource const& source, config::Environment const& environment) {
    Local local{.loaded = config::load_settings(source.file, environment, source.overrides)};
    if (!local.loaded.has_error_of_values()) {
        local.folder = look_at_data_folder(local.loaded.settings.data_folder);
    }
    return local;
}

Findings local_findings(Local const& local, SettingsSource const& source) {
    auto findings = configuration_findings(local.loaded, source);
    if (local.folder) {
        append(findings,
               folder_findings(*local.folder, local.loaded.settings.access.file_bytes_max));
    }
    return findings;
}

// None: nobody can tell from here where it would be.
std::optional<Server> server_of(DoctorCommand const& command, Local const& local) {
    if (command.is_server_named) return command.server;
    auto const& listener = local.loaded.settings.server;
    if (local.loaded.has_error_of_values() || listener.port == 0) return std::nullopt;
    auto server = command.server;
    auto const is_ipv6 = listener.host.find(':') != std::string::npos;
    auto const scheme = local.loaded.settings.tls.is_wanted() ? "https" : "http";
    server.url = fmt::format("{}://{}{}{}:{}", scheme, is_ipv6 ? "[" : "", listener.host,
                             is_ipv6 ? "]" : "", listener.port);
    return server;
}

// A server that was not started is no fault of its own, unless somebody says that it runs.
Finding unreachable(Failure const& failure, bool is_expected) {
    auto const hint = failure.hint.empty() ? "" : "; " + failure.hint;
    return {.part = "server",
            .state = is_expected ? State::unwell : State::skipped,
            .what = failure.error.message + hint,
            .category = category(failure.error.code)};
}

ErrorCategory category_of(std::string const& part) {
    if (part == "catalog" || part == "blobs") return ErrorCategory::storage;
    if (part == "coordination") return ErrorCategory::locking;
    return ErrorCategory::provider;
}

State state_of(std::string const& word) {
    if (word == "well") return State::well;
    return word == "impaired" ? State::impaired : State::unwell;
}

Findings server_findings(Answer<std::vector<PartObject>> const& parts, std::string const& url,
                         bool is_expected) {
    if (!parts) {
        return {unreachable(parts.error(), is_expected || !parts.error().is_unreachable)};
    }
    Findings findings{{.part = "server", .what = "answers at " + url}};
    for (auto const& part : *parts) {
        findings.push_back({.part = part.name,
                            .state = state_of(part.state),
                            .what = part.what,
                            .category = category_of(part.name)});
    }
    return findings;
}

}  // namespace

Task<int> doctor(DoctorCommand command, config::Environment environment, ClientTools& tools) {
    auto const& source = command.settings;
    auto look = [&] { return look_here(source, environment); };
    auto const local = co_await tools.workers.run(look);
    auto findings = local_findings(local, source);
    if (auto const server = server_of(command, local)) {
        ApiClient api(tools.http, *server);
        auto const parts = co_await api.health();
        auto const is_expected = command.is_server_named || (local.folder && local.folder->is_held);
        append(findings, server_findings(parts, server->url, is_expected));
    } else {
        findings.push_back({.part = "server",
                            .state = State::skipped,
                            .what = "not asked: name it with --server or FILEGATE_URL"});
    }
    auto const out = command.is_json ? findings_json(findings) : findings_table(findings);
    if (!tools.console.out(out)) co_return exit_code(ErrorCode::storage_error);
    co_return exit_code(findings);
}

}  // namespace filegate::cli
