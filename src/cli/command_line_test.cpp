#include <gtest/gtest.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace filegate::cli {
namespace {

using Words = std::vector<std::string>;

template <class C>
C parsed(Words words, config::Environment const& environment = {}) {
    auto command = parse_command_line(std::move(words), environment);
    if (!command) {
        ADD_FAILURE() << command.error().err;
        return {};
    }
    if (!std::holds_alternative<C>(*command)) {
        ADD_FAILURE() << "another verb";
        return {};
    }
    return std::get<C>(std::move(*command));
}

TEST(command_line, an_audit_is_exported_or_verified) {
    auto const shown = parsed<AuditCommand>({"audit", "export", "--since", "24h", "--format", "csv",
                                             "--action", "file.", "--principal", "ann"});
    EXPECT_EQ(shown.action, AuditCommand::Action::show);
    EXPECT_EQ(shown.format, AuditCommand::Format::csv);
    EXPECT_EQ(shown.since, "24h");
    EXPECT_EQ(shown.wish.action, "file.");
    EXPECT_EQ(shown.wish.principal, "ann");
    auto const verified =
        parsed<AuditCommand>({"audit", "verify", "--data", "/d", "--noted", "1:ab", "--json"});
    EXPECT_EQ(verified.action, AuditCommand::Action::verify);
    EXPECT_EQ(verified.data_folder, "/d");
    EXPECT_EQ(verified.noted, "1:ab");
    EXPECT_TRUE(verified.is_json);
    for (auto const& words :
         {Words{"audit"}, Words{"audit", "export", "--format", "xml"}, Words{"audit", "erase"}}) {
        EXPECT_FALSE(parse_command_line(words, {}));
    }
}

TEST(command_line, quota_shows_and_sets) {
    using Action = QuotaCommand::Action;
    EXPECT_EQ(parsed<QuotaCommand>({"quota", "show"}).principal, "");
    EXPECT_EQ(parsed<QuotaCommand>({"quota", "show", "ann", "--json"}).principal, "ann");
    auto const set = parsed<QuotaCommand>({"quota", "set", "ann", "50GiB"});
    EXPECT_EQ(set.action, Action::set);
    EXPECT_EQ(set.limit_bytes, 50ULL << 30);
    EXPECT_FALSE(parsed<QuotaCommand>({"quota", "set", "ann", "default"}).limit_bytes);
    EXPECT_EQ(parsed<QuotaCommand>({"quota", "set", "ann", "0"}).limit_bytes, 0U);
}

TEST(command_line, what_makes_no_sense_is_a_usage_error_on_one_line) {
    for (auto const& words : {
             Words{"uplaod", "a"},
             Words{"upload"},
             Words{"upload", "a", "--frobnicate"},
             Words{"upload", "-"},
             Words{"upload", "-", "-", "--name", "x"},
             Words{"upload", "a", "b", "--name", "x"},
             Words{"upload", "a", "-r", "--name", "x"},
             Words{"upload", "a", "--deliver", "soon"},
             Words{"upload", "a", "--expires-after", "7"},
             Words{"upload", "a", "--expires-after", "1500ms"},
             Words{"upload", "a", "--server", "localhost:8787"},
             Words{"ls", "--limit", "-1"},
             Words{"ls", "--limit", "many"},
             Words{"ls", "extra"},
             Words{"get"},
             Words{"rm"},
             Words{"deliver"},
             Words{"config"},
             Words{"config", "dump"},
             Words{"config", "schema", "--format", "yaml"},
             Words{"serve", "--listen", "8787"},
             Words{"serve", "--set", "log.level"},
             Words{"sandbox", "--purposes", "none"},
             Words{"sandbox", "--seed", "x"},
             Words{"ls", "rm", "x"},
             Words{"breakers", "half-open"},
             Words{"breakers", "open"},
             Words{"breakers", "open", "kimi"},
             Words{"breakers", "open", "/native"},
             Words{"breakers", "close", "glm/"},
             Words{"breakers", "list", "glm/native"},
             Words{"breakers", "list", "close", "a/b"},
             Words{"token"},
             Words{"token", "make"},
             Words{"token", "issue"},
             Words{"token", "issue", "--sub", "a", "--ttl", "1"},
             Words{"token", "issue", "--sub", "a", "--ttl", "0s"},
             Words{"token", "inspect"},
             Words{"token", "rotate", "x"},
             Words{"token", "revoke"},
             Words{"token", "revoke", "x", "--sub", "a"},
             Words{"token", "revoke", "--jti", "x", "--sub", "a"},
             Words{"ls", "--token-file", "/nowhere/token"},
             Words{"locks", "force"},
             Words{"quota"},
             Words{"quota", "set", "ann"},
             Words{"quota", "set", "ann", "much"},
             Words{"quota", "show", "ann", "ben"},
             Words{"locks", "break", "x"},
             Words{"reconcile", "now"},
             Words{"reconcile", "--dry"},
             Words{"doctor", "--server", "nowhere"},
             Words{"doctor", "--set", "x"},
         }) {
        auto const command = parse_command_line(words, {});
        ASSERT_FALSE(command) << fmt::format("{}", words.front());
        EXPECT_EQ(command.error().exit_code, exit_usage);
        EXPECT_TRUE(command.error().err.starts_with("filegate: ")) << command.error().err;
        EXPECT_EQ(std::ranges::count(command.error().err, '\n'), 1) << command.error().err;
        EXPECT_EQ(command.error().out, "");
    }
}

TEST(command_line, nothing_at_all_shows_the_help_as_an_error) {
    auto const command = parse_command_line({}, {});
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().exit_code, exit_usage);
    EXPECT_NE(command.error().err.find("upload"), std::string::npos);
}

TEST(command_line, help_is_an_answer_and_names_verbs_and_exit_codes) {
    auto const command = parse_command_line({"--help"}, {});
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().exit_code, exit_ok);
    EXPECT_EQ(command.error().err, "");
    for (auto const* const word :
         {"serve", "sandbox", "upload", "ls", "get", "rm", "deliver", "config", "version",
          "breakers", "locks", "reconcile", "doctor", "Exit codes", "  30  provider"}) {
        EXPECT_NE(command.error().out.find(word), std::string::npos) << word;
    }
    auto const of_verb = parse_command_line({"upload", "--help"}, {});
    ASSERT_FALSE(of_verb);
    EXPECT_NE(of_verb.error().out.find("--expires-after"), std::string::npos);
}

TEST(command_line, upload_takes_all_its_options) {
    auto const command = parsed<UploadCommand>(
        {"upload", "a.pdf", "folder", "-r", "--purpose", "vision", "--provider", "kimi,glm",
         "--deliver", "later", "--expires-after", "7d", "--json", "--server", "http://h:1/v1/"},
        {{"FILEGATE_TOKEN", "t0"}, {"FILEGATE_URL", "http://other"}});
    EXPECT_EQ(command.paths, (Words{"a.pdf", "folder"}));
    EXPECT_TRUE(command.is_recursive);
    EXPECT_EQ(command.wish.purpose, "vision");
    EXPECT_EQ(command.wish.provider, "kimi,glm");
    EXPECT_EQ(command.wish.deliver, "later");
    EXPECT_EQ(command.wish.expires_after, seconds(604'800));
    EXPECT_TRUE(command.is_json);
    EXPECT_EQ(command.server.url, "http://h:1");
    EXPECT_EQ(command.server.token.reveal(), "t0");
}

TEST(command_line, a_dash_is_standard_input_and_needs_a_name) {
    auto const command = parsed<UploadCommand>({"upload", "-", "--name", "x.txt"});
    EXPECT_EQ(command.paths, Words{"-"});
    EXPECT_EQ(command.wish.filename, "x.txt");
    EXPECT_EQ(parsed<GetCommand>({"get", "file-1", "-o", "-"}).output, "-");
}

TEST(command_line, what_follows_two_dashes_is_a_name) {
    EXPECT_EQ(parsed<UploadCommand>({"upload", "--", "-r", "--json"}).paths,
              (Words{"-r", "--json"}));
}

TEST(command_line, the_server_comes_from_flag_environment_or_default) {
    EXPECT_EQ(parsed<ListCommand>({"ls"}).server.url, "http://127.0.0.1:8787");
    EXPECT_EQ(parsed<ListCommand>({"ls"}, {{"FILEGATE_URL", "https://x/v1"}}).server.url,
              "https://x");
    EXPECT_TRUE(parsed<ListCommand>({"ls"}).server.token.is_empty());
    EXPECT_FALSE(parse_command_line({"ls"}, {{"FILEGATE_URL", "x"}}));
    // A line break in a token would be a header of its own.
    EXPECT_FALSE(parse_command_line({"ls"}, {{"FILEGATE_TOKEN", "a\r\nX-Evil: 1"}}));
}

TEST(command_line, ls_get_rm_and_deliver_take_their_options) {
    auto const list = parsed<ListCommand>({"ls", "--purpose", "vision", "--limit", "0", "--json"});
    EXPECT_EQ(list.purpose, "vision");
    EXPECT_EQ(list.limit, 0);
    EXPECT_TRUE(list.is_json);
    EXPECT_EQ(parsed<ListCommand>({"ls"}).limit, 100);
    auto const get = parsed<GetCommand>({"get", "file-1", "--output", "x", "--force"});
    EXPECT_EQ(get.id, "file-1");
    EXPECT_EQ(get.output, "x");
    EXPECT_TRUE(get.may_overwrite);
    EXPECT_EQ(parsed<RemoveCommand>({"rm", "file-1", "file-2"}).ids, (Words{"file-1", "file-2"}));
    auto const deliver = parsed<DeliverCommand>(
        {"deliver", "file-1", "--provider", "glm", "--deliver", "later", "--purpose", "batch"});
    EXPECT_EQ(deliver.wish.provider, "glm");
    EXPECT_EQ(deliver.wish.deliver, "later");
    EXPECT_EQ(deliver.wish.purpose, "batch");
}

TEST(command_line, a_token_is_issued_inspected_rotated_or_revoked) {
    using Action = TokenCommand::Action;
    auto const issue =
        parsed<TokenCommand>({"token", "issue", "--sub", "ann", "--scope", "files:read", "--ttl",
                              "7d", "--kid", "k", "--set", "auth.issuer=x"});
    EXPECT_EQ(issue.action, Action::issue);
    EXPECT_EQ(issue.subject, "ann");
    EXPECT_EQ(issue.scopes, "files:read");
    EXPECT_EQ(issue.lifetime, std::chrono::days(7));
    EXPECT_EQ(issue.key_id, "k");
    EXPECT_EQ(issue.settings.overrides.size(), 1U);
    auto const plain = parsed<TokenCommand>({"token", "issue", "--sub", "ann"});
    EXPECT_EQ(plain.scopes, "files:read files:write files:query");
    EXPECT_EQ(plain.lifetime, std::chrono::hours(1));
    EXPECT_EQ(parsed<TokenCommand>({"token", "inspect", "-"}).token, "-");
    EXPECT_EQ(parsed<TokenCommand>({"token", "rotate"}).action, Action::rotate);
    auto const revoke = parsed<TokenCommand>(
        {"token", "revoke", "--jti", "j", "--server", "http://h:1"}, {{"FILEGATE_TOKEN", "t"}});
    EXPECT_EQ(revoke.token_id, "j");
    EXPECT_EQ(revoke.server.url, "http://h:1");
    EXPECT_EQ(revoke.server.token.reveal(), "t");
}

TEST(command_line, breakers_are_listed_opened_or_closed) {
    using Action = BreakersCommand::Action;
    EXPECT_EQ(parsed<BreakersCommand>({"breakers"}).action, Action::list);
    EXPECT_EQ(parsed<BreakersCommand>({"breakers", "list"}).action, Action::list);
    auto const open = parsed<BreakersCommand>({"breakers", "open", "glm/native"});
    EXPECT_EQ(open.action, Action::open);
    EXPECT_EQ(open.name.provider, "glm");
    EXPECT_EQ(open.name.transport, "native");
    auto const close = parsed<BreakersCommand>(
        {"breakers", "close", "kimi/openai", "--json", "--server", "http://h:1"});
    EXPECT_EQ(close.action, Action::close);
    EXPECT_TRUE(close.is_json);
    EXPECT_EQ(close.server.url, "http://h:1");
    EXPECT_TRUE(parsed<BreakersCommand>({"breakers", "--json", "list"}).is_json);
    auto const help = parse_command_line({"breakers", "--help"}, {});
    ASSERT_FALSE(help);
    EXPECT_NE(help.error().out.find("close"), std::string::npos);
}

TEST(command_line, locks_are_listed_counted_or_forced) {
    using Action = LocksCommand::Action;
    EXPECT_EQ(parsed<LocksCommand>({"locks"}).action, Action::list);
    EXPECT_EQ(parsed<LocksCommand>({"locks", "stats", "--json"}).action, Action::stats);
    auto const force = parsed<LocksCommand>({"locks", "force", "ab12"});
    EXPECT_EQ(force.action, Action::force);
    EXPECT_EQ(force.key, "ab12");
}

TEST(command_line, reconcile_acts_unless_it_is_a_dry_run) {
    EXPECT_EQ(parsed<ReconcileCommand>({"reconcile"}).mode, ReconcileMode::act);
    auto const dry = parsed<ReconcileCommand>({"reconcile", "--dry-run", "--json"});
    EXPECT_EQ(dry.mode, ReconcileMode::dry);
    EXPECT_TRUE(dry.is_json);
}

TEST(command_line, doctor_takes_a_configuration_and_knows_whether_a_server_was_named) {
    auto const command =
        parsed<DoctorCommand>({"doctor", "--config", "c.toml", "--set", "a=b", "--data", "/d"});
    EXPECT_EQ(command.settings.file, "c.toml");
    ASSERT_EQ(command.settings.overrides.size(), 2U);
    EXPECT_EQ(command.settings.overrides[0].value, "/d");
    EXPECT_FALSE(command.is_server_named);
    EXPECT_TRUE(parsed<DoctorCommand>({"doctor", "--server", "http://h:1"}).is_server_named);
    auto const by_environment = parsed<DoctorCommand>({"doctor"}, {{"FILEGATE_URL", "http://h:2"}});
    EXPECT_TRUE(by_environment.is_server_named);
    EXPECT_EQ(by_environment.server.url, "http://h:2");
}

TEST(command_line, serve_turns_its_flags_into_overrides) {
    auto const command =
        parsed<ServeCommand>({"serve", "--listen", "[::1]:0", "--data", "/d", "--config", "c.toml",
                              "--set", "log.level=debug", "--set", "log.format=json"});
    EXPECT_EQ(command.settings.file, "c.toml");
    std::vector<std::string> seen;
    for (auto const& [key, value, flag] : command.settings.overrides)
        seen.push_back(fmt::format("{}={} {}", key, value, flag));
    EXPECT_EQ(seen,
              (Words{"server.host=::1 --listen", "server.port=0 --listen", "data.folder=/d --data",
                     "log.level=debug --set", "log.format=json --set"}));
    EXPECT_EQ(parsed<ServeCommand>({"serve"}, {{"FILEGATE_CONFIG", "e.toml"}}).settings.file,
              "e.toml");
    EXPECT_FALSE(parsed<ServeCommand>({"serve"}).settings.file);
}

TEST(command_line, sandbox_takes_faults) {
    auto const command = parsed<SandboxCommand>(
        {"sandbox", "--listen", "127.0.0.1:0", "--fault", "kimi:upload:lost_answer", "--fault",
         "*:*:latency:ms=5", "--purposes", "original", "--seed", "9"});
    EXPECT_EQ(command.arguments.listen, "127.0.0.1:0");
    EXPECT_EQ(command.arguments.faults.size(), 2);
    EXPECT_EQ(command.arguments.purposes, "original");
    EXPECT_EQ(command.arguments.seed, 9);
}

TEST(command_line, config_and_version_have_their_forms) {
    using Action = ConfigCommand::Action;
    EXPECT_EQ(parsed<ConfigCommand>({"config", "check", "--config", "x"}).action, Action::check);
    EXPECT_EQ(parsed<ConfigCommand>({"config", "check", "--config", "x"}).settings.file, "x");
    EXPECT_EQ(parsed<ConfigCommand>({"config", "show"}).action, Action::show);
    auto const schema = parsed<ConfigCommand>({"config", "schema", "--format", "toml"});
    EXPECT_EQ(schema.action, Action::schema);
    EXPECT_EQ(schema.format, ConfigCommand::Format::toml);
    EXPECT_TRUE(parsed<VersionCommand>({"version", "--json"}).is_json);
    EXPECT_FALSE(parsed<VersionCommand>({"--version"}).is_json);
}

}  // namespace
}  // namespace filegate::cli
