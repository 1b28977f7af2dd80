// [auth]: where secrets come from, and what is refused before the start.

#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "config/settings.hpp"

namespace filegate::config {
namespace {

constexpr char const* strong = "a secret of at least thirty-two bytes";

class AuthSettings : public ::testing::Test {
protected:
    LoadedSettings load(std::string_view toml, Environment const& environment = {}) {
        auto loaded = load_settings_text(toml, "f.toml", environment, {});
        told.clear();
        for (auto const& problem : loaded.problems)
            told += describe(problem) + "\n";
        return loaded;
    }
    // The problems of a configuration that must be refused.
    std::string refusal(std::string_view toml, Environment const& environment = {}) {
        EXPECT_TRUE(load(toml, environment).has_error()) << told;
        return told;
    }
    std::string file(std::string const& name, std::string const& text, mode_t mode = 0600) {
        auto const path = folder.path() / name;
        std::ofstream(path) << text;
        chmod(path.c_str(), mode);
        return path.string();
    }

    ScratchFolder folder;
    std::string told;
};

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(AuthSettings, without_any_key_there_is_no_authentication) {
    auto const loaded = load("");
    EXPECT_FALSE(loaded.settings.tokens.has_keys());
    EXPECT_FALSE(loaded.has_error()) << told;
}

TEST_F(AuthSettings, the_names_of_the_original_system_are_taken) {
    auto const loaded = load("", {{"JWT_SECRET_KEY", strong},
                                  {"JWT_ALGORITHM", "HS256"},
                                  {"JWT_ISSUER", "https://i.test"},
                                  {"JWT_AUDIENCE", "authenticated"},
                                  {"JWT_GRACE_PERIOD_DAYS", "3"},
                                  {"EXAI_WS_TOKEN", "a-shared-token-of-old"}});
    EXPECT_FALSE(loaded.has_error()) << told;
    auto const& tokens = loaded.settings.tokens;
    EXPECT_EQ(tokens.secret.reveal(), strong);
    EXPECT_EQ(tokens.algorithms, std::vector<std::string>{"HS256"});
    EXPECT_EQ(tokens.issuer, "https://i.test");
    EXPECT_EQ(tokens.audience, std::vector<std::string>{"authenticated"});
    EXPECT_EQ(tokens.grace_ends, "3d");
    EXPECT_EQ(tokens.shared_token.reveal(), "a-shared-token-of-old");
    EXPECT_EQ(load("", {{"SUPABASE_JWT_SECRET", strong}}).settings.tokens.secret.reveal(), strong);
    EXPECT_FALSE(has(told, "SUPABASE_JWT_SECRET")) << told;
}

TEST_F(AuthSettings, of_two_secrets_the_first_counts_and_the_other_is_told) {
    auto const loaded =
        load("", {{"JWT_SECRET_KEY", strong}, {"SUPABASE_JWT_SECRET", "another one altogether"}});
    EXPECT_EQ(loaded.settings.tokens.secret.reveal(), strong);
    EXPECT_TRUE(has(told, "SUPABASE_JWT_SECRET says otherwise than JWT_SECRET_KEY")) << told;
}

TEST_F(AuthSettings, listening_wider_needs_a_key_to_check_tokens_with) {
    EXPECT_TRUE(has(refusal("[server]\nhost = \"0.0.0.0\"\n"), "no authentication is configured"));
    EXPECT_FALSE(load("[server]\nhost = \"0.0.0.0\"\n", {{"JWT_SECRET_KEY", strong}}).has_error())
        << told;
}

TEST_F(AuthSettings, a_short_secret_is_warned_of_and_a_very_short_one_refused) {
    EXPECT_TRUE(has(refusal("", {{"JWT_SECRET_KEY", "fifteen bytes.."}}), "JWT_SECRET_KEY has 15"));
    EXPECT_FALSE(has(told, "fifteen bytes"));
    EXPECT_FALSE(load("", {{"JWT_SECRET_KEY", "exactly 16 bytes"}}).has_error());
    EXPECT_TRUE(has(told, "warning: JWT_SECRET_KEY has 16")) << told;
    auto const secrets = file("secrets", "a:exactly 16 bytes\n");
    EXPECT_FALSE(load("[auth]\njwt_secret_file = \"" + secrets + "\"\n").has_error());
    EXPECT_TRUE(has(told, "where secret \"a\" has 16 bytes")) << told;
}

TEST_F(AuthSettings, a_secrets_file_that_is_absent_wrong_or_open_to_all_is_told) {
    auto const toml = [](std::string const& path) {
        return "[auth]\njwt_secret_file = \"" + path + "\"\n";
    };
    EXPECT_TRUE(has(refusal(toml("/nowhere/secrets")), "filegate token rotate"));
    EXPECT_TRUE(has(refusal(toml(file("empty", "# nothing\n"))), "it has no secret"));
    EXPECT_TRUE(has(refusal(toml(file("bad", "x y:SENTINEL-SENTINEL-SENTINEL"))), "line 1"));
    EXPECT_FALSE(has(told, "SENTINEL"));
    EXPECT_TRUE(has(refusal(toml(folder.path().string())), "not a regular file"));
    EXPECT_FALSE(has(told, "token rotate")) << told;
    EXPECT_TRUE(has(refusal(toml(file("plain", "x") + "/secrets")), "Not a directory"));
    load(toml(file("open", "a:" + std::string(32, 's'), 0644)));
    EXPECT_TRUE(has(told, "every user of this machine can read")) << told;
}

TEST_F(AuthSettings, a_key_set_must_be_there_and_come_over_a_safe_way) {
    auto const toml = [](std::string const& place) { return "[auth]\njwks = \"" + place + "\"\n"; };
    EXPECT_FALSE(load(toml("https://issuer.test/jwks.json")).has_error()) << told;
    EXPECT_FALSE(load(toml("http://127.0.0.1:54321/auth/v1/jwks.json")).has_error()) << told;
    EXPECT_TRUE(has(refusal(toml("http://issuer.test/jwks.json")), "use https"));
    EXPECT_TRUE(has(refusal(toml("https://")), "is no URL"));
    EXPECT_TRUE(has(refusal(toml("/nowhere/jwks.json")), "cannot be read"));
    EXPECT_TRUE(has(refusal(toml(file("bad", "{}"))), "is unusable"));
    EXPECT_FALSE(load(toml(file("none", R"({"keys":[]})"))).has_error());
    EXPECT_TRUE(has(told, "has no key for RS256 or ES256")) << told;
}

TEST_F(AuthSettings, what_a_token_must_say_is_refused_without_a_key_to_check_it_with) {
    EXPECT_TRUE(has(refusal("[auth]\nissuer = \"https://i.test\"\n"), "f.toml:2: auth.issuer is"));
    EXPECT_TRUE(has(told, "set auth.jwt_secret_file, JWT_SECRET_KEY or auth.jwks, or remove it"));
    EXPECT_TRUE(has(refusal("[auth]\naudience = [\"a\"]\n"), "f.toml:2: auth.audience is set"));
    refusal("", {{"JWT_ISSUER", "https://i.test"}, {"JWT_AUDIENCE", "a"}});
    EXPECT_TRUE(has(told, "JWT_ISSUER is set, but")) << told;
    EXPECT_TRUE(has(told, "JWT_AUDIENCE is set, but")) << told;
    auto const empty = load("[auth]\nissuer = \"\"\naudience = []\n");
    EXPECT_FALSE(empty.has_error()) << told;
    EXPECT_FALSE(load("", {{"JWT_ALGORITHM", "HS256"}}).has_error()) << told;
    EXPECT_TRUE(has(told, "warning: JWT_ALGORITHM is set, but there is no key")) << told;
}

TEST_F(AuthSettings, the_originals_variables_are_told_by_their_own_names_and_texts) {
    refusal(
        "",
        {{"JWT_SECRET_KEY", strong}, {"JWT_GRACE_PERIOD_DAYS", "abc"}, {"JWT_ALGORITHM", "none"}});
    EXPECT_TRUE(has(told,
                    "JWT_GRACE_PERIOD_DAYS must be a whole number of days from 0 to 3650, "
                    "not \"abc\"\n"))
        << told;
    EXPECT_TRUE(has(told, "JWT_ALGORITHM has \"none\"")) << told;
    EXPECT_FALSE(has(told, "auth.grace_ends")) << told;
}

TEST_F(AuthSettings, algorithms_must_exist_and_have_keys) {
    Environment const secret{{"JWT_SECRET_KEY", strong}};
    for (auto const* const word : {"none", "hs256", "HS512"}) {
        auto const toml = "[auth]\nalgorithms = [\"" + std::string(word) + "\"]\n";
        EXPECT_TRUE(has(refusal(toml, secret), "those that are taken are HS256")) << word;
    }
    EXPECT_TRUE(has(refusal("[auth]\nalgorithms = [\"RS256\"]\n", secret), "names no keys"));
    EXPECT_TRUE(has(refusal("[auth]\nalgorithms = [\"HS256\"]\njwks = \"https://i.test/k\"\n"),
                    "no secret is configured"));
    EXPECT_FALSE(load("[auth]\nalgorithms = [\"HS256\"]\njwks = \"https://i.test/k\"\n", secret)
                     .has_error());
    EXPECT_TRUE(has(told, "auth.jwks is never used")) << told;
}

TEST_F(AuthSettings, a_shared_token_alone_or_in_the_form_of_a_jwt_is_refused) {
    EXPECT_TRUE(has(refusal("", {{"EXAI_WS_TOKEN", "shared-token-of-old"}}), "beside JWT"));
    EXPECT_FALSE(has(told, "shared-token-of-old"));
    EXPECT_TRUE(has(refusal("", {{"JWT_SECRET_KEY", strong}, {"EXAI_WS_TOKEN", "eyJ.eyJ.sig"}}),
                    "form of a JWT"));
    EXPECT_FALSE(
        load("", {{"JWT_SECRET_KEY", strong}, {"EXAI_WS_TOKEN", "test-token-12345"}}).has_error())
        << told;
    load("", {{"JWT_SECRET_KEY", strong}, {"EXAI_WS_TOKEN", "guess-me"}});
    EXPECT_TRUE(has(told, "few enough to be guessed")) << told;
}

TEST_F(AuthSettings, other_values_without_sense_are_refused) {
    for (auto const* const end : {"soon", "14", "2026-13-01"}) {
        auto const toml = "[auth]\ngrace_ends = \"" + std::string(end) + "\"\n";
        EXPECT_TRUE(has(refusal(toml), "auth.grace_ends must be a date")) << end;
    }
    EXPECT_TRUE(has(refusal("[auth]\ndefault_scopes = [\"file:read\"]\n"), "the scopes are"));
    load("[auth]\ndefault_scopes = [\"admin\"]\n", {{"JWT_SECRET_KEY", strong}});
    EXPECT_TRUE(has(told, "every token without a scope claim")) << told;
}

}  // namespace
}  // namespace filegate::config
