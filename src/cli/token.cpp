// token issue | inspect | rotate | revoke

#include <unistd.h>

#include "app/token_tools.hpp"
#include "cli/answer_json.hpp"
#include "cli/verbs.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t token_bytes_max = 64 << 10;

// The argument, or, so that it does not show in a list of processes, what stands on `input`.
Result<std::string> token_of(TokenCommand const& command, int input) {
    if (command.token != "-") return command.token;
    std::string text(token_bytes_max + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        auto const count = read(input, text.data() + filled, text.size() - filled);
        if (count < 0) return fail(ErrorCode::validation_failed, "standard input cannot be read");
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    return text;
}

std::string findings_text(app::TokenFindings const& findings) {
    auto out = fmt::format("header  {}\nclaims  {}\n", observe::printable(findings.header),
                           observe::printable(findings.claims));
    if (findings.refusal) {
        auto const& error = *findings.refusal;
        return out + fmt::format("verdict refused: {} ({})\n", observe::printable(error.message),
                                 error_row(error.code).name);
    }
    return out + fmt::format(
                     "verdict taken as {} with {}; whether it was revoked only the server "
                     "knows\n",
                     observe::printable(findings.subject), findings.scopes);
}

std::string findings_json(app::TokenFindings const& findings) {
    auto const& error = findings.refusal;
    auto const verdict =
        error ? fmt::format(R"("accepted":false,"error_name":"{}","message":{})",
                            error_row(error->code).name, observe::json_quoted(error->message))
              : fmt::format(R"("accepted":true,"sub":{},"scope":{})",
                            observe::json_quoted(findings.subject),
                            observe::json_quoted(findings.scopes));
    return fmt::format("{{\"header\":{},\"claims\":{},{}}}\n", findings.header, findings.claims,
                       verdict);
}

// What POST /v1/admin/tokens/revoke takes.
Result<std::string> revocation_body(TokenCommand const& command, int input) {
    auto token_id = command.token_id;
    std::optional<WallTime> until;
    if (!command.token.empty()) {
        TRY(auto const token, token_of(command, input));
        TRY(auto const names, app::names_in(token));
        if (names.id.empty()) {
            return fail(ErrorCode::validation_failed,
                        fmt::format("the token has no id (jti) to be revoked by; revoke all that "
                                    "its subject has: --sub '{}'",
                                    observe::printable(names.subject)));
        }
        token_id = names.id;
        // A day more than it lives, whatever clocks do.
        until = names.expires_at + std::chrono::hours(24);
    }
    if (token_id.empty())
        return fmt::format(R"({{"sub":{}}})", observe::json_quoted(command.subject));
    if (!until) return fmt::format(R"({{"jti":{}}})", observe::json_quoted(token_id));
    return fmt::format(R"({{"jti":{},"until":{}}})", observe::json_quoted(token_id),
                       unix_seconds(*until));
}

int print(std::string const& text, Console const& console) {
    return console.out(text) ? exit_ok : exit_code(ErrorCode::storage_error);
}

}  // namespace

int issue_token(TokenCommand const& command, config::Environment const& environment,
                Console const& console) {
    auto const loaded =
        config::load_settings(command.settings.file, environment, command.settings.overrides);
    if (!tell_problems(loaded, Concern::values, console))
        return exit_code(ErrorCode::configuration_error);
    SystemRandom random;
    auto const token = app::issue_token(loaded.settings,
                                        {.subject = command.subject,
                                         .scopes = command.scopes,
                                         .lifetime = command.lifetime,
                                         .key_id = command.key_id},
                                        SystemClock(), random);
    if (!token) return give_up({.error = token.error()}, console);
    return print(*token + "\n", console);
}

int rotate_secret(TokenCommand const& command, config::Environment const& environment,
                  Console const& console) {
    // Problems are not told: one of them may be that the file is not there yet.
    auto const loaded =
        config::load_settings(command.settings.file, environment, command.settings.overrides);
    SystemRandom random;
    auto const key_id = app::rotate_secret(loaded.settings, command.key_id, SystemClock(), random);
    if (!key_id) return give_up({.error = key_id.error()}, console);
    return print(fmt::format("{} has a new secret, {}; tokens of the others stay valid until their "
                             "lines are removed\n",
                             observe::printable(loaded.settings.tokens.secret_file), *key_id),
                 console);
}

Task<int> inspect_token(TokenCommand command, config::Environment environment, ClientTools& tools) {
    auto work = [&] {
        return config::load_settings(command.settings.file, environment,
                                     command.settings.overrides);
    };
    auto const loaded = co_await tools.workers.run(work);
    if (!tell_problems(loaded, Concern::values, tools.console)) {
        co_return exit_code(ErrorCode::configuration_error);
    }
    auto const token = token_of(command, tools.input);
    if (!token) co_return give_up({.error = token.error()}, tools.console);
    auto const findings = co_await app::inspect_token(
        loaded.settings, *token,
        {.http = tools.http, .workers = tools.workers, .clock = tools.clock});
    if (!findings) co_return give_up({.error = findings.error()}, tools.console);
    auto const is_told =
        tools.console.out(command.is_json ? findings_json(*findings) : findings_text(*findings));
    if (!is_told) co_return exit_code(ErrorCode::storage_error);
    co_return findings->refusal ? exit_code(findings->refusal->code) : exit_ok;
}

Task<int> revoke_token(TokenCommand command, ClientTools& tools) {
    auto const body = revocation_body(command, tools.input);
    if (!body) co_return give_up({.error = body.error()}, tools.console);
    ApiClient api(tools.http, command.server);
    auto const answer = co_await api.revoke_token(*body);
    if (!answer) co_return give_up(answer.error(), tools.console);
    co_return print(command.is_json ? *answer + "\n" : "revoked; it is refused from now on\n",
                    tools.console);
}

}  // namespace filegate::cli
