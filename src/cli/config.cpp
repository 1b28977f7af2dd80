#include <fmt/format.h>

#include "cli/verbs.hpp"
#include "config/reference.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

std::string schema(ConfigCommand::Format format) {
    switch (format) {
        case ConfigCommand::Format::json:
            return config::json_schema();
        case ConfigCommand::Format::toml:
            return config::reference_toml();
        case ConfigCommand::Format::markdown:
            return config::reference_markdown();
    }
    return {};
}

}  // namespace

bool tell_problems(config::LoadedSettings const& loaded, Concern concern, Console const& console) {
    for (auto const& problem : loaded.problems) {
        if (concern == Concern::values && problem.is_for_servers) continue;
        console.err(fmt::format("filegate: {}\n", observe::printable(config::describe(problem))));
    }
    return concern == Concern::values ? !loaded.has_error_of_values() : !loaded.has_error();
}

int configuration(ConfigCommand const& command, config::Environment const& environment,
                  Console const& console) {
    if (command.action == ConfigCommand::Action::schema) {
        return console.out(schema(command.format)) ? exit_ok : exit_code(ErrorCode::storage_error);
    }
    auto const loaded =
        config::load_settings(command.settings.file, environment, command.settings.overrides);
    auto const is_shown = command.action == ConfigCommand::Action::show;
    auto const is_usable =
        tell_problems(loaded, is_shown ? Concern::values : Concern::all, console);
    if (is_shown) {
        console.out(config::show_settings(loaded));
    } else if (is_usable) {
        auto const accounts = config::usable_accounts(loaded.settings);
        std::string names;
        for (auto const& account : accounts)
            names += (names.empty() ? "" : ", ") + account.name.text();
        console.out(fmt::format("the configuration is usable; accounts with a key: {}\n",
                                names.empty() ? "none" : names));
    }
    return is_usable ? exit_ok : exit_code(ErrorCode::configuration_error);
}

}  // namespace filegate::cli
