#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "config/settings.hpp"

namespace filegate::config {
namespace {

LoadedSettings load(std::string_view toml, Environment const& environment = {},
                    std::vector<Override> const& overrides = {}) {
    return load_settings_text(toml, "f.toml", environment, overrides);
}

std::string told(LoadedSettings const& loaded) {
    std::string all;
    for (auto const& problem : loaded.problems)
        all += describe(problem) + "\n";
    return all;
}

bool tells(LoadedSettings const& loaded, std::string_view text) {
    return told(loaded).find(text) != std::string::npos;
}

AccountSettings const& account(LoadedSettings const& loaded, std::string_view name) {
    auto const& all = loaded.settings.accounts;
    return *std::ranges::find(all, name, &AccountSettings::name);
}

std::vector<std::string> usable_names(LoadedSettings const& loaded) {
    std::vector<std::string> names;
    for (auto const& one : usable_accounts(loaded.settings))
        names.push_back(one.name.text());
    return names;
}

using Names = std::vector<std::string>;

// A folder of its own that goes with the test.
class Scratch {
public:
    std::string file(std::string const& name, std::string const& text, mode_t mode = 0600) {
        auto const path = folder_.path() / name;
        std::ofstream(path) << text;
        chmod(path.c_str(), mode);
        return path.string();
    }
    std::string path(std::string const& name) const { return (folder_.path() / name).string(); }

private:
    ScratchFolder folder_;
};

TEST(load_settings, nothing_given_means_the_defaults_and_a_warning_about_keys) {
    auto const loaded = load_settings(std::nullopt, {});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    EXPECT_TRUE(tells(loaded, "no provider account has a key"));
    EXPECT_EQ(loaded.settings.server.host, "127.0.0.1");
    EXPECT_EQ(loaded.settings.server.port, 8787);
    EXPECT_EQ(loaded.settings.access.file_bytes_max, 512ULL << 20);
    EXPECT_EQ(loaded.settings.accounts.size(), 5);
    EXPECT_EQ(loaded.where("server.port"), "default");
}

TEST(load_settings, file_then_environment_then_flags) {
    auto const loaded =
        load("[server]\nport = 1\nnetwork_threads = 3\nworker_threads = 5\n",
             {{"FILEGATE_SERVER_PORT", "2"}, {"FILEGATE_SERVER_WORKER_THREADS", "6"}},
             {{"server.port", "4", "--listen"}});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    EXPECT_EQ(loaded.settings.server.port, 4);
    EXPECT_EQ(loaded.settings.network_threads, 3);
    EXPECT_EQ(loaded.settings.worker_threads, 6);
    EXPECT_EQ(loaded.where("server.port"), "--listen");
    EXPECT_EQ(loaded.where("server.network_threads"), "f.toml:3");
    EXPECT_EQ(loaded.where("server.worker_threads"), "FILEGATE_SERVER_WORKER_THREADS");
}

TEST(load_settings, an_empty_variable_is_not_set) {
    auto const loaded = load("", {{"FILEGATE_SERVER_PORT", ""}, {"KIMI_API_KEY", ""}});
    EXPECT_EQ(loaded.settings.server.port, 8787);
    EXPECT_FALSE(account(loaded, "kimi").is_usable());
}

TEST(load_settings, all_problems_are_told_at_once_with_their_lines) {
    auto const loaded = load(
        "[server]\n"
        "prot = 80\n"
        "host = \"0.0.0.0\"\n"
        "port = 70000\n"
        "[ingest]\n"
        "buffer_bytes = \"1MB\"\n"
        "[log]\n"
        "level = \"warn\"\n"
        "[delivery]\n"
        "delay_base = 5\n"
        "order = [\"kimi\", \"gml\"]\n"
        "[acounts.kimi]\n"
        "base_url = \"x\"\n",
        {{"FILEGATE_LOG_FORMAT", "xml"}});
    EXPECT_TRUE(loaded.has_error());
    for (auto const* const text : {
             "f.toml:2: server.prot is not a key; the nearest is server.port\n",
             "f.toml:3: server.host is 0.0.0.0, which other machines can reach",
             "f.toml:4: server.port must be a whole number from 0 to 65535, not 70000\n",
             "f.toml:6: ingest.buffer_bytes must be a size from \"64KiB\" to \"64MiB\" in steps",
             "f.toml:8: log.level must be one of \"debug\", \"info\", \"warning\"",
             "the nearest is \"warning\"",
             "f.toml:10: delivery.delay_base must be a duration from \"0s\" to \"10m\", not 5\n",
             "f.toml:11: delivery.order names \"gml\", which is no account; the nearest is \"glm\"",
             "f.toml:13: acounts.kimi.base_url is not a key; the nearest is accounts.kimi.base_url",
             "FILEGATE_LOG_FORMAT must be one of \"text\", \"json\"",
         }) {
        EXPECT_TRUE(tells(loaded, text)) << text << "\n" << told(loaded);
    }
}

TEST(load_settings, what_is_not_toml_is_told_with_its_line) {
    auto const loaded = load("[server]\nport = = 1\n");
    EXPECT_TRUE(loaded.has_error());
    EXPECT_TRUE(tells(loaded, "f.toml:2: is not TOML: ")) << told(loaded);
}

TEST(load_settings, odd_shapes_are_refused_not_walked_into) {
    for (auto const& [toml, text] : std::initializer_list<std::pair<std::string, std::string>>{
             {"server = 5", "server is a section: write [server]"},
             {"[[accounts]]\nprovider = \"kimi\"", "accounts is a section"},
             {"[server]\nport = 1979-05-27", "not a date or a time"},
             {"[server]\nport = 1.5", "not a number with a fraction"},
             {"[server]\nport = {a = 1}", "server.port.a is not a key"},
             {"[delivery]\norder = [[\"a\"]]", "not a list of other things than texts"},
             {"[accounts.Kimi_2]\nbase_url = \"\"", "is not an account's name"},
             {"[accounts.kimi]\nsecret = \"\"", "accounts.kimi.secret is not a key"},
             {"[a.b.c.d.e.f]\ng = 1", "a.b.c.d is not a key"},
             {"x = " + std::string(60, '.'), "has more than 48 dots"},
             {std::string(300 * 1024, '\n'), "a configuration has at most 262144"},
         }) {
        auto const loaded = load(toml);
        EXPECT_TRUE(loaded.has_error()) << toml.substr(0, 80);
        EXPECT_TRUE(tells(loaded, text)) << toml.substr(0, 80) << "\n" << told(loaded);
    }
}

TEST(load_settings, the_deepest_nesting_there_can_be_does_no_harm) {
    std::string dots = "a";
    for (int i = 0; i < 47; ++i)
        dots += ".a";
    std::string toml = "[" + dots + "]\n";
    for (int i = 0; i < 120; ++i)
        toml += fmt::format("{} = {{{}x = [\n", dots, dots);
    EXPECT_TRUE(load(toml).has_error());
    std::string closed = "[" + dots + "]\n" + dots + " = [\n";
    for (int i = 0; i < 120; ++i)
        closed += "{" + dots + " = [\n";
    for (int i = 0; i < 120; ++i)
        closed += "]}\n";
    EXPECT_TRUE(tells(load(closed + "]\n"), "a.a.a.a is not a key"));
    EXPECT_TRUE(load("x = " + std::string(100'000, '[')).has_error());
    EXPECT_TRUE(load("x = " + std::string(100'000, '{')).has_error());
}

TEST(load_settings, a_flood_of_problems_is_cut_short) {
    std::string toml = "[server]\n";
    for (int i = 0; i < 1000; ++i)
        toml += fmt::format("x{} = 1\n", i);
    auto const loaded = load(toml);
    EXPECT_EQ(loaded.problems.size(), 200);
    EXPECT_TRUE(tells(loaded, "more problems than are told at once"));
    EXPECT_TRUE(loaded.has_error());
}

TEST(load_settings, listening_beyond_loopback_is_an_error_wherever_it_is_said) {
    EXPECT_TRUE(load("[server]\nhost = \"::\"").has_error());
    EXPECT_TRUE(load("", {{"FILEGATE_SERVER_HOST", "10.0.0.1"}}).has_error());
    EXPECT_TRUE(load("", {}, {{"server.host", "example.com", "--listen"}}).has_error());
    EXPECT_FALSE(load("[server]\nhost = \"::1\"").has_error());
}

TEST(load_settings, values_that_contradict_each_other_are_refused) {
    for (auto const& [toml, text] : std::initializer_list<std::pair<std::string, std::string>>{
             {"[delivery]\ndelay_base = \"2m\"", "delivery.delay_base is 2m, longer than"},
             {"[ingest]\nbuffer_memory_bytes_max = \"2MiB\"", "too little for one upload of 3"},
             {"[ingest]\ninline_bytes_max = \"2MiB\"", "more than ingest.buffer_bytes"},
         }) {
        EXPECT_TRUE(load(toml).has_error());
        EXPECT_TRUE(tells(load(toml), text)) << told(load(toml));
    }
    auto const odd = load("[delivery]\ndelivery_timeout = \"1m\"");
    EXPECT_FALSE(odd.has_error());
    EXPECT_TRUE(tells(odd, "which ends it first"));
}

TEST(load_settings, the_originals_names_are_understood) {
    auto const loaded = load("", {{"KIMI_API_URL", "https://a.example/v1"},
                                  {"GLM_BASE_URL", "https://b.example/v4"},
                                  {"OPENAI_BASE_URL", "https://c.example/v1"},
                                  {"PREFERRED_PROVIDER", "glm"},
                                  {"UPLOAD_TIMEOUT", "120"},
                                  {"MAX_FILE_SIZE_MB", "100"},
                                  {"RETRY_MAX_ATTEMPTS", "5"},
                                  {"RETRY_BASE_DELAY", "0.5"},
                                  {"RETRY_MAX_DELAY", "30.0"},
                                  {"MAX_CONNECTIONS", "500"},
                                  {"ZAI_API_KEY", "id.secret"},
                                  {"MOONSHOT_API_KEY", "sk-1"},
                                  {"KIMI_CN_API_KEY", "sk-2"},
                                  {"GLM_CN_API_KEY", "id.secret2"},
                                  {"OPENAI_API_KEY", "sk-3"}});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    auto const& settings = loaded.settings;
    EXPECT_EQ(account(loaded, "kimi").base_url, "https://a.example/v1");
    EXPECT_EQ(account(loaded, "glm").base_url, "https://b.example/v4");
    EXPECT_EQ(account(loaded, "openai").base_url, "https://c.example/v1");
    EXPECT_EQ(settings.delivery.attempt_timeout, seconds(120));
    EXPECT_EQ(settings.access.file_bytes_max, 100ULL << 20);
    EXPECT_EQ(settings.delivery.retry.attempts_max, 5);
    EXPECT_EQ(settings.delivery.retry.delay_base, milliseconds(500));
    EXPECT_EQ(settings.delivery.retry.delay_max, seconds(30));
    EXPECT_EQ(settings.server.connections_max, 500);
    EXPECT_EQ(usable_names(loaded), (Names{"glm", "kimi", "openai", "kimi-cn", "glm-cn"}));
    EXPECT_EQ(loaded.where("accounts.glm.api_key"), "ZAI_API_KEY");
    EXPECT_EQ(loaded.where("delivery.attempt_timeout"), "UPLOAD_TIMEOUT");
}

TEST(load_settings, each_of_the_names_for_one_key_works) {
    for (auto const& [name, of] : std::initializer_list<std::pair<char const*, char const*>>{
             {"KIMI_API_KEY", "kimi"},
             {"MOONSHOT_API_KEY", "kimi"},
             {"GLM_API_KEY", "glm"},
             {"ZAI_API_KEY", "glm"},
             {"ZHIPUAI_API_KEY", "glm"},
             {"FILEGATE_ACCOUNTS_GLM_CN_API_KEY", "glm-cn"},
         }) {
        EXPECT_EQ(usable_names(load("", {{name, "k"}})), Names{of}) << name;
    }
    EXPECT_EQ(load("", {{"DEFAULT_MAX_FILE_SIZE_BYTES", "1000"}}).settings.access.file_bytes_max,
              1000);
}

TEST(load_settings, contradictory_names_draw_a_warning_and_the_first_counts) {
    auto const loaded = load("", {{"KIMI_API_KEY", "a"},
                                  {"MOONSHOT_API_KEY", "b"},
                                  {"FILEGATE_ACCESS_FILE_BYTES_MAX", "1GiB"},
                                  {"MAX_FILE_SIZE_MB", "100"},
                                  {"DEFAULT_MAX_FILE_SIZE_BYTES", "1GiB"}});
    EXPECT_FALSE(loaded.has_error());
    EXPECT_EQ(account(loaded, "kimi").api_key.reveal(), "a");
    EXPECT_EQ(loaded.settings.access.file_bytes_max, 1ULL << 30);
    EXPECT_TRUE(tells(loaded, "warning: MOONSHOT_API_KEY says otherwise than KIMI_API_KEY"));
    EXPECT_TRUE(
        tells(loaded, "MAX_FILE_SIZE_MB says otherwise than FILEGATE_ACCESS_FILE_BYTES_MAX"));
    EXPECT_FALSE(tells(loaded, "DEFAULT_MAX_FILE_SIZE_BYTES"));
}

TEST(load_settings, names_that_do_nothing_draw_a_warning) {
    auto const loaded = load("", {{"FILEGATE_SERVER_PROT", "1"},
                                  {"KIMI_APIKEY", "x"},
                                  {"SUPABASE_URL", "http://s"},
                                  {"FILEGATE_URL", "http://x"},
                                  {"FILEGATE_TOKEN", "t"},
                                  {"PATH", "/bin"}});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    EXPECT_TRUE(tells(loaded,
                      "warning: FILEGATE_SERVER_PROT is not a name Filegate knows; the "
                      "nearest is FILEGATE_SERVER_PORT"));
    EXPECT_TRUE(tells(loaded,
                      "KIMI_APIKEY is not a name Filegate knows; the nearest is "
                      "KIMI_API_KEY"));
    EXPECT_TRUE(tells(loaded, "SUPABASE_URL is set, but has no effect in this release"));
    for (auto const* const quiet : {"FILEGATE_URL", "FILEGATE_TOKEN", "PATH"})
        EXPECT_FALSE(tells(loaded, std::string("warning: ") + quiet)) << quiet;
}

TEST(load_settings, a_legacy_value_without_sense_is_told_by_its_own_name_and_text) {
    auto const loaded = load("", {{"RETRY_BASE_DELAY", "soon"}, {"MAX_FILE_SIZE_MB", "-1"}});
    EXPECT_TRUE(tells(loaded, "RETRY_BASE_DELAY must be a duration")) << told(loaded);
    EXPECT_TRUE(tells(loaded, "not \"soon\" (in s)\n")) << told(loaded);
    EXPECT_TRUE(tells(loaded, "MAX_FILE_SIZE_MB must be a size")) << told(loaded);
    EXPECT_TRUE(tells(loaded, "not \"-1\" (in MiB)\n")) << told(loaded);
}

TEST(load_settings, a_flag_without_sense_is_told_with_the_key_it_was_for) {
    auto const loaded = load("", {},
                             {{"limits.burst", "1", "--set"},
                              {"server.port", "70000", "--listen"},
                              {"delivery.delay_base", "2m", "--set"},
                              {"server.prot", "1", "--set"},
                              {"log", "debug", "--set"}});
    for (auto const* const text : {
             "limits.burst (from --set) must be a duration from \"1s\" to \"1h\"",
             "server.port (from --listen) must be a whole number",
             "server.prot (from --set) is not a key; the nearest is server.port",
             "log (from --set) is a section: name a key of it, log.KEY",
         }) {
        EXPECT_TRUE(tells(loaded, text)) << text << "\n" << told(loaded);
    }
    // What only shows beside other values is told in the same way.
    EXPECT_TRUE(tells(loaded, "delivery.delay_base (from --set) is 2m, longer than"))
        << told(loaded);
    EXPECT_TRUE(tells(load("", {{"RETRY_BASE_DELAY", "120"}}), "RETRY_BASE_DELAY is 2m, longer"));
    EXPECT_TRUE(tells(load("", {{"FILEGATE_SERVER_HOST", "10.0.0.1"}}),
                      "FILEGATE_SERVER_HOST is 10.0.0.1, which"));
}

TEST(load_settings, accounts_come_in_order_with_the_preferred_provider_first) {
    Environment const keys{
        {"KIMI_API_KEY", "a"}, {"GLM_API_KEY", "b"}, {"OPENAI_API_KEY", "c"}, {"SECOND", "d"}};
    std::string const second =
        "[accounts.second]\nprovider = \"glm\"\napi_key_env = [\"SECOND\"]\n";
    EXPECT_EQ(usable_names(load(second, keys)), (Names{"kimi", "glm", "openai", "second"}));
    EXPECT_EQ(usable_names(load(second + "[delivery]\norder = [\"openai\", \"second\"]", keys)),
              (Names{"openai", "second", "kimi", "glm"}));
    EXPECT_EQ(usable_names(load(second + "[delivery]\npreferred = \"glm\"", keys)),
              (Names{"glm", "second", "kimi", "openai"}));
    EXPECT_EQ(usable_names(load(second + "[delivery]\npreferred = \"auto\"", keys)),
              (Names{"kimi", "glm", "openai", "second"}));
    EXPECT_EQ(usable_names(load("[accounts.glm]\nenabled = false", keys)),
              (Names{"kimi", "openai"}));
    auto const none = load("[delivery]\npreferred = \"kimi-cn\"", keys);
    EXPECT_TRUE(tells(none, "\"kimi-cn\", which has no usable account"));
    EXPECT_FALSE(none.has_error());
    EXPECT_TRUE(load("[delivery]\npreferred = \"kimmi\"", keys).has_error());
    EXPECT_TRUE(tells(load("[accounts.x]\nprovider = \"gl\"", keys),
                      "f.toml:2: accounts.x.provider is \"gl\", which is no provider; the nearest "
                      "is \"glm\""));
}

TEST(load_settings, an_account_without_a_base_url_goes_where_its_contract_says) {
    auto loaded = load("[accounts.glm]\nbase_url = \"https://x.example/v4/\"",
                       {{"KIMI_API_KEY", "a"}, {"GLM_API_KEY", "b"}});
    auto const accounts = usable_accounts(loaded.settings);
    ASSERT_EQ(accounts.size(), 2);
    EXPECT_EQ(accounts[0].base_url, "https://api.moonshot.ai/v1");
    EXPECT_EQ(accounts[0].contract->name.text(), "kimi");
    EXPECT_EQ(accounts[1].base_url, "https://x.example/v4");
    EXPECT_EQ(accounts[1].api_key.reveal(), "b");
}

TEST(load_settings, a_key_in_the_file_is_only_for_this_machine) {
    auto const sandboxed =
        load("[accounts.kimi]\nbase_url = \"http://127.0.0.1:8090/kimi/v1\"\napi_key = \"sandbox\"",
             {{"KIMI_API_KEY", "real"}});
    EXPECT_FALSE(sandboxed.has_error()) << told(sandboxed);
    EXPECT_EQ(account(sandboxed, "kimi").api_key.reveal(), "sandbox");

    auto const leaked = load("[accounts.kimi]\napi_key = \"sk-secret\"");
    EXPECT_TRUE(tells(leaked, "f.toml:2: accounts.kimi.api_key does not belong in this file"));
    EXPECT_FALSE(tells(leaked, "sk-secret"));
    EXPECT_FALSE(load("", {{"FILEGATE_ACCOUNTS_KIMI_API_KEY", "sk-secret"}}).has_error());
}

TEST(load_settings, a_key_file_is_read_to_its_first_line) {
    Scratch scratch;
    auto const path = scratch.file("key", "sk-from-file \r\nmore\n");
    auto const loaded = load("[accounts.kimi]\napi_key_file = \"" + path + "\"",
                             {{"KIMI_API_KEY", "sk-from-environment"}});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    EXPECT_TRUE(loaded.problems.empty()) << told(loaded);
    EXPECT_EQ(account(loaded, "kimi").api_key.reveal(), "sk-from-file");
    EXPECT_EQ(loaded.where("accounts.kimi.api_key"), path);
}

TEST(load_settings, an_unusable_key_is_an_error_that_does_not_show_it) {
    Scratch scratch;
    for (auto const* const key : {"", "\nsk-1", "sk 1", "sk-1\tx", "schl\xc3\xbcssel"}) {
        auto const path = scratch.file("key", key);
        auto const loaded = load("[accounts.kimi]\napi_key_file = \"" + path + "\"");
        EXPECT_TRUE(loaded.has_error());
        EXPECT_FALSE(tells(loaded, "sk")) << told(loaded);
        EXPECT_FALSE(account(loaded, "kimi").is_usable());
    }
    auto const from_environment = load("", {{"KIMI_API_KEY", "sk bad"}});
    EXPECT_TRUE(
        tells(from_environment, "accounts.kimi.api_key from KIMI_API_KEY is empty, or has"));
    EXPECT_FALSE(tells(from_environment, "sk bad"));
}

TEST(load_settings, a_key_file_that_cannot_be_used_is_an_error) {
    Scratch scratch;
    std::filesystem::create_directory(scratch.path("folder"));
    ASSERT_EQ(mkfifo(scratch.path("fifo").c_str(), 0600), 0);
    scratch.file("large", std::string(17 * 1024, 'k'));
    for (auto const* const name : {"absent", "folder", "fifo", "large"}) {
        auto const loaded = load("[accounts.kimi]\napi_key_file = \"" + scratch.path(name) + "\"");
        EXPECT_TRUE(loaded.has_error()) << name;
        EXPECT_TRUE(tells(loaded, "f.toml:2: accounts.kimi.api_key_file names ")) << told(loaded);
    }
}

TEST(load_settings, a_key_file_for_everybody_to_read_draws_a_warning) {
    Scratch scratch;
    auto const path = scratch.file("key", "k", 0644);
    auto const loaded = load("[accounts.kimi]\napi_key_file = \"" + path + "\"");
    EXPECT_FALSE(loaded.has_error());
    EXPECT_TRUE(tells(loaded, "chmod 600"));
}

TEST(load_settings, base_urls_are_checked) {
    auto const with = [](std::string const& url) {
        return load("[accounts.kimi]\nbase_url = \"" + url + "\"", {{"KIMI_API_KEY", "k"}});
    };
    EXPECT_TRUE(with("api.moonshot.ai/v1").has_error());
    EXPECT_TRUE(with("ftp://x").has_error());
    EXPECT_TRUE(tells(with("http://10.0.0.1/v1"), "warning: accounts.kimi.base_url is http://"));
    EXPECT_FALSE(with("http://10.0.0.1/v1").has_error());
    EXPECT_FALSE(tells(with("http://127.0.0.1:8090/v1"), "unencrypted"));
    EXPECT_TRUE(tells(with("http://127.0.0.1:8787/v1"), "is this server's own port 8787"));
}

TEST(load_settings, contracts_can_be_added_and_replaced) {
    Scratch scratch;
    auto const added = scratch.file("a.toml",
                                    "extends = \"openai\"\nname = \"mine\"\ntitle = \"Mine\"\n"
                                    "base_url = \"https://mine.example/v1\"\n"
                                    "sandbox_path = \"/mine/v1\"\n");
    auto const broken = scratch.file("b.toml", "nmae = \"x\"\n");
    auto const loaded = load("[delivery]\ncontract_files = [\"" + added + "\"]\n" +
                                 "[accounts.mine]\napi_key_env = [\"MINE\"]\n",
                             {{"MINE", "k"}});
    EXPECT_FALSE(loaded.has_error()) << told(loaded);
    ASSERT_EQ(usable_names(loaded), Names{"mine"});
    EXPECT_EQ(usable_accounts(loaded.settings)[0].base_url, "https://mine.example/v1");

    auto const refused = load("[delivery]\ncontract_files = [\"" + broken + "\", \"" +
                              scratch.path("absent") + "\"]\n");
    EXPECT_TRUE(tells(refused, "b.toml, which is unusable: ")) << told(refused);
    EXPECT_TRUE(tells(refused, "absent, which cannot be read: ")) << told(refused);
}

TEST(load_settings, an_unreadable_file_is_an_error_and_the_rest_is_still_checked) {
    Scratch scratch;
    auto const loaded = load_settings(scratch.path("absent.toml"), {{"FILEGATE_SERVER_PORT", "x"}});
    EXPECT_TRUE(tells(loaded, "absent.toml: cannot be read: No such file or directory"));
    EXPECT_TRUE(tells(loaded, "FILEGATE_SERVER_PORT must be"));
    auto const path = scratch.file("c.toml", "[server]\nport = 5\n");
    auto const read = load_settings(path, {});
    EXPECT_EQ(read.settings.server.port, 5);
    EXPECT_EQ(read.where("server.port"), path + ":2");
}

}  // namespace
}  // namespace filegate::config
