#include "cli/token_grammar.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/units.hpp"

namespace filegate::cli {
namespace {

using Action = TokenCommand::Action;

std::expected<seconds, std::string> lifetime_of(std::string const& text) {
    auto const duration = config::parse_duration(text);
    if (duration && duration->count() >= 1000 && duration->count() % 1000 == 0) {
        return std::chrono::duration_cast<seconds>(*duration);
    }
    return std::unexpected(
        fmt::format("--ttl takes a duration such as 1h or 30d, not \"{}\"", text));
}

std::expected<void, std::string> check_revocation(TokenCommand const& command) {
    auto const named = (command.token.empty() ? 0 : 1) + (command.token_id.empty() ? 0 : 1) +
                       (command.subject.empty() ? 0 : 1);
    if (named == 1) return {};
    return std::unexpected("revoke takes one of TOKEN, --jti ID and --sub NAME");
}

}  // namespace

TokenWords add_token_words(CLI::App& app, TokenTexts& texts) {
    auto& command = texts.command;
    auto& verb = *app.add_subcommand("token", "make, look at, exchange and revoke tokens");
    verb.require_subcommand(1);

    auto& issue = *verb.add_subcommand("issue", "print a new token, signed with the newest secret");
    issue.add_option("--sub", command.subject, "whose it is")->required();
    issue
        .add_option("--scope", command.scopes,
                    "what it may do: files:read files:write files:query admin")
        ->capture_default_str();
    issue.add_option("--ttl", texts.lifetime, "how long it lives")
        ->type_name("DURATION")
        ->capture_default_str();
    issue.add_option("--kid", command.key_id, "sign with the secret of this id");

    auto& inspect = *verb.add_subcommand(
        "inspect", "show what a token says, and whether it would be taken or why not");
    inspect.add_option("token", command.token, "the token, or - for standard input")->required();
    inspect.add_flag("--json", command.is_json, "one line of JSON");

    auto& rotate = *verb.add_subcommand(
        "rotate", "write a new random secret into auth.jwt_secret_file; old ones stay valid");
    rotate.add_option("--kid", command.key_id, "what to call it; else the time");

    auto& revoke = *verb.add_subcommand("revoke", "refuse a token from now on; needs admin");
    revoke.add_option("token", command.token, "the token, or - for standard input");
    revoke.add_option("--jti", command.token_id, "the token with this id");
    revoke.add_option("--sub", command.subject, "all that this subject has been given until now");
    return {.local = {&issue, &inspect, &rotate}, .revoke = &revoke};
}

std::expected<TokenCommand, std::string> understand_token(CLI::App const& verb, TokenTexts texts) {
    auto command = std::move(texts.command);
    if (verb.got_subcommand("inspect")) command.action = Action::inspect;
    if (verb.got_subcommand("rotate")) command.action = Action::rotate;
    if (verb.got_subcommand("revoke")) command.action = Action::revoke;
    if (command.action == Action::issue) {
        auto const lifetime = lifetime_of(texts.lifetime);
        if (!lifetime) return std::unexpected(lifetime.error());
        command.lifetime = *lifetime;
    }
    if (command.action == Action::revoke) {
        if (auto const fits = check_revocation(command); !fits) {
            return std::unexpected(fits.error());
        }
    }
    return command;
}

}  // namespace filegate::cli
