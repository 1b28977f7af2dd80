#include "config/reference.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/version.hpp"

namespace filegate::config {
namespace {

std::string file_text(std::string const& path) {
    std::ifstream file(FG_SOURCE_DIR "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::size_t errors(LoadedSettings const& loaded) {
    std::size_t count = 0;
    for (auto const& problem : loaded.problems) {
        if (problem.is_warning) continue;
        ++count;
        ADD_FAILURE() << describe(problem);
    }
    return count;
}

TEST(reference, the_shipped_file_is_the_reference) {
    EXPECT_EQ(file_text("config/filegate.toml"), reference_toml())
        << "filegate config schema --format toml > config/filegate.toml";
    EXPECT_LT(std::ranges::count(reference_toml(), '\n'), 200);
}

TEST(reference, it_parses_names_every_key_and_equals_the_defaults) {
    auto const loaded = load_settings_text(reference_toml(), "r", {});
    ASSERT_EQ(errors(loaded), 0);
    auto const defaults = load_settings_text("", "r", {}).settings;
    for (auto const& key : keys()) {
        EXPECT_TRUE(loaded.where(key.name).starts_with("r:")) << key.name;
        EXPECT_EQ(key.get(loaded.settings), key.get(defaults)) << key.name;
    }
    ASSERT_EQ(loaded.settings.accounts.size(), defaults.accounts.size());
    for (std::size_t i = 0; i < defaults.accounts.size(); ++i) {
        auto const& account = loaded.settings.accounts[i];
        EXPECT_EQ(account.name, defaults.accounts[i].name);
        for (auto const& key : account_keys()) {
            auto const name = account_key_name(account, key);
            if (!is_secret(key)) EXPECT_TRUE(loaded.where(name).starts_with("r:")) << name;
            EXPECT_EQ(key.get(account), key.get(defaults.accounts[i])) << name;
        }
    }
}

TEST(reference, the_dev_example_sends_everything_to_the_sandbox) {
    // Keys that a developer has exported for other things must not get in.
    auto const loaded = load_settings_text(file_text("config/dev.toml"), "dev.toml",
                                           {{"KIMI_API_KEY", "real"}, {"GLM_API_KEY", "real"}});
    ASSERT_EQ(errors(loaded), 0);
    EXPECT_TRUE(loaded.problems.empty()) << describe(loaded.problems.front());
    auto const accounts = usable_accounts(loaded.settings);
    EXPECT_EQ(accounts.size(), 5);
    for (auto const& account : accounts) {
        EXPECT_EQ(account.base_url, "http://127.0.0.1:8090" + account.contract->sandbox_path);
        EXPECT_NE(account.api_key.reveal(), "real");
    }
}

TEST(reference, the_prod_example_loads) {
    auto const loaded = load_settings_text(file_text("config/prod.toml"), "prod.toml",
                                           {{"KIMI_API_KEY", "k"}, {"GLM_API_KEY", "k.s"}});
    ASSERT_EQ(errors(loaded), 0);
    EXPECT_TRUE(loaded.problems.empty()) << describe(loaded.problems.front());
    EXPECT_EQ(usable_accounts(loaded.settings).size(), 2);
}

TEST(reference, show_tells_values_and_origins_and_hides_secrets) {
    auto const loaded = load_settings_text("[server]\nport = 9\n", "f.toml",
                                           {{"KIMI_API_KEY", "sk-secret"}, {"GLM_API_KEY", "b"}},
                                           {{"log.level", "debug", "--log-level"}});
    auto const shown = show_settings(loaded);
    for (auto const* const line :
         {"port = 9  # f.toml:2\n", "level = \"debug\"  # --log-level\n",
          "host = \"127.0.0.1\"  # default\n", "api_key = \"(set)\"  # KIMI_API_KEY\n",
          "api_key = \"\"  # nowhere\n", "[accounts.kimi]\n"}) {
        EXPECT_NE(shown.find(line), std::string::npos) << line << shown;
    }
    EXPECT_EQ(shown.find("sk-secret"), std::string::npos);
}

TEST(reference, the_markdown_and_the_schema_name_every_key) {
    auto const page = reference_markdown();
    auto const schema = json_schema();
    for (auto const& key : keys()) {
        auto const last = std::string(key.name.substr(key.name.find('.') + 1));
        EXPECT_NE(page.find("| `" + last + "` |"), std::string::npos) << key.name;
        EXPECT_NE(schema.find("\"" + last + "\": {"), std::string::npos) << key.name;
    }
    EXPECT_NE(page.find("`UPLOAD_TIMEOUT` | `delivery.attempt_timeout`, in s"), std::string::npos);
    EXPECT_NE(page.find("| kimi | `KIMI_API_KEY`, `MOONSHOT_API_KEY` |"), std::string::npos);
    EXPECT_EQ(std::ranges::count(schema, '{'), std::ranges::count(schema, '}'));
}

TEST(version, it_is_the_builds) {
    EXPECT_NE(file_text("CMakeLists.txt").find(fmt::format("VERSION {} ", version)),
              std::string::npos);
}

}  // namespace
}  // namespace filegate::config
