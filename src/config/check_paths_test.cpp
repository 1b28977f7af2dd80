// Folders that callers may read: what the start would refuse is told by the check before it.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "config/settings.hpp"

namespace filegate::config {
namespace {

using Names = std::vector<std::string>;

class PathSettings : public ::testing::Test {
protected:
    LoadedSettings load(std::string const& toml, Environment const& environment = {}) {
        auto loaded = load_settings_text(toml, "f.toml", environment, {});
        told.clear();
        for (auto const& problem : loaded.problems)
            told += describe(problem) + "\n";
        return loaded;
    }
    bool tells(std::string_view text) const { return told.find(text) != std::string::npos; }
    std::string folder(std::string const& name) {
        auto const path = scratch.path() / name;
        std::filesystem::create_directories(path);
        return path.string();
    }

    ScratchFolder scratch;
    std::string told;
};

TEST_F(PathSettings, the_originals_folders_count_only_together_with_their_switch) {
    auto const app = folder("app");
    auto const project = folder("project");
    Environment environment{{"EX_ALLOWED_EXTERNAL_PREFIXES", app + "," + project},
                            {"EX_DRIVE_MAPPINGS", "C:" + app + ",D:" + project + "/data"}};
    for (auto const* off : {"", "false", "0", "no", "perhaps"}) {
        environment["EX_ALLOW_EXTERNAL_PATHS"] = off;
        EXPECT_TRUE(load("", environment).settings.paths.roots.empty()) << off;
        EXPECT_TRUE(
            tells("warning: EX_ALLOWED_EXTERNAL_PREFIXES has no effect without "
                  "EX_ALLOW_EXTERNAL_PATHS=true"));
    }
    for (auto const* on : {"true", "TRUE", "1", "yes"}) {
        environment["EX_ALLOW_EXTERNAL_PATHS"] = on;
        auto const loaded = load("", environment);
        EXPECT_FALSE(loaded.has_error()) << told;
        EXPECT_EQ(loaded.settings.paths.roots, (Names{app, project}));
        EXPECT_EQ(loaded.settings.paths.drive_mappings,
                  (Names{"C:" + app, "D:" + project + "/data"}));
        EXPECT_FALSE(tells("EX_")) << told;
    }
    auto const other = load("", {{"EX_ALLOW_EXTERNAL_PATHS", "true"}, {"ALLOWED_PATHS", app}});
    EXPECT_EQ(other.settings.paths.roots, Names{app});
}

TEST_F(PathSettings, the_originals_switch_without_a_folder_draws_a_warning) {
    EXPECT_FALSE(load("", {{"EX_ALLOW_EXTERNAL_PATHS", "true"}}).has_error());
    EXPECT_TRUE(tells("warning: EX_ALLOW_EXTERNAL_PATHS opens nothing")) << told;
    load("", {{"EX_ALLOW_EXTERNAL_PATHS", "false"}});
    EXPECT_FALSE(tells("EX_ALLOW_EXTERNAL_PATHS")) << told;
    load("[paths]\nroots = [\"" + folder("in") + "\"]", {{"EX_ALLOW_EXTERNAL_PATHS", "true"}});
    EXPECT_FALSE(tells("EX_ALLOW_EXTERNAL_PATHS")) << told;
}

TEST_F(PathSettings, no_root_may_hold_what_is_the_gateways_own) {
    auto const in = folder("in");
    auto const above = scratch.path().string();
    auto const with_roots = [&](std::string const& more) {
        return load("[paths]\nroots = [\"" + in + "\"]\n" + more);
    };
    EXPECT_FALSE(with_roots("[data]\nfolder = \"" + above + "/filegate\"").has_error()) << told;
    EXPECT_FALSE(with_roots("[data]\nfolder = \"" + in + "put\"").has_error()) << told;
    for (auto const& own :
         {"[data]\nfolder = \"" + in + "/filegate\"", "[data]\nfolder = \"" + in + "\"",
          "[data]\nfolder = \"" + above + "\"", "[data]\nfolder = \"" + above + "/x/../in/data\"",
          "[accounts.kimi]\napi_key_file = \"" + in + "/key\""}) {
        with_roots(own);
        EXPECT_TRUE(tells("no caller may read")) << own << told;
    }
}

TEST_F(PathSettings, every_root_and_drive_that_cannot_be_is_told) {
    auto const good = folder("good");
    auto const absent = (scratch.path() / "absent").string();
    auto const file = (scratch.path() / "file").string();
    std::ofstream(file) << "x";
    auto const toml = "[paths]\nroots = [\"app\", \"" + absent + "\", \"/\", \"" + good + "\", \"" +
                      file + "\"]\ndrive_mappings = [\"C\", \"D:" + good + "\", \"d:" + good +
                      "\", \"E:x\"]";
    EXPECT_TRUE(load(toml).has_error());
    for (auto const& text : {
             std::string("f.toml:2: paths.roots 'app' is not an absolute folder\n"),
             "f.toml:2: paths.roots '" + absent + "' cannot be opened: No such file",
             std::string("f.toml:2: paths.roots '/' is the whole machine"),
             "f.toml:2: paths.roots '" + file + "' cannot be opened: Not a directory",
             std::string("f.toml:3: paths.drive_mappings 'C' is not of the form"),
             std::string("f.toml:3: paths.drive_mappings drive D: is mapped twice"),
             std::string("f.toml:3: paths.drive_mappings 'x' is not an absolute folder"),
         }) {
        EXPECT_TRUE(tells(text)) << text << "\n" << told;
    }
    EXPECT_FALSE(tells(good)) << told;
    load("", {{"EX_ALLOW_EXTERNAL_PATHS", "1"}, {"ALLOWED_PATHS", absent}});
    EXPECT_TRUE(tells("ALLOWED_PATHS '" + absent + "' cannot be opened")) << told;
}

TEST_F(PathSettings, a_root_that_is_not_there_matters_to_servers_only) {
    auto const loaded = load("[paths]\nroots = [\"" + scratch.path().string() + "/absent\"]");
    for (auto const& problem : loaded.problems)
        EXPECT_TRUE(problem.is_for_servers) << told;
    EXPECT_TRUE(loaded.has_error());
    EXPECT_FALSE(loaded.has_error_of_values());
}

TEST_F(PathSettings, a_drive_that_leads_to_no_root_draws_a_warning) {
    auto const in = folder("in");
    auto const with = [&](std::string const& mapping) {
        return load("[paths]\nroots = [\"" + in + "\"]\ndrive_mappings = [\"" + mapping + "\"]");
    };
    EXPECT_FALSE(with("C:" + in + "side").has_error()) << told;
    EXPECT_TRUE(tells("leads below none of paths.roots: every path on C: is refused")) << told;
    for (auto const& leads_there : {"C:" + in, "C:" + in + "/sub", std::string("C:/")}) {
        EXPECT_FALSE(with(leads_there).has_error()) << told;
        EXPECT_FALSE(tells("drive_mappings")) << told;
    }
    load("[paths]\ndrive_mappings = [\"C:" + in + "\"]");
    EXPECT_TRUE(tells("warning: paths.drive_mappings")) << told;
}

}  // namespace
}  // namespace filegate::config
