#pragma once
// The steps of load_settings, in its order, and what they share. For config/*.cpp only.

#include "base/small_file.hpp"
#include "config/environment_names.hpp"
#include "config/keys.hpp"
#include "config/toml_file.hpp"

namespace filegate::config {

inline constexpr std::size_t problems_max = 200;

// Where one value was written.
struct Place {
    std::string file;
    int line = 0;
    std::string name;       // of the variable or the flag; empty: in a file
    std::string_view unit;  // what was put behind the variable's text

    std::string text() const;
    // What whoever wrote `key` there calls it: VARIABLE, or key (from --flag).
    std::string title(std::string_view key) const;
};

class Loading {
public:
    Loading();

    void take_file(TomlFile file, std::string const& file_name);
    void take_environment(Environment const& environment);
    void take_overrides(std::vector<Override> const& overrides);
    void find_api_keys(Environment const& environment);
    void find_tokens(Environment const& environment);
    void read_contracts();
    void order_accounts();
    void check();
    LoadedSettings finish() &&;

    void problem(std::string_view key, std::string message, bool is_warning = false);
    // One that lies around the configuration, where a server would run, and not in it.
    void server_problem(std::string_view key, std::string message, bool is_warning = false);

private:
    void take(std::string const& key, Written const& written, Place const& place);
    void take_account(std::string const& key, Written const& written, Place const& place);
    template <class Owner>
    void set(KeyOf<Owner> const& row, Owner& owner, std::string const& key, Written const& written,
             Place const& place);
    void unknown_key(std::string const& key, Place const& place);
    void problem_at(Place const& place, std::string_view key, std::string message,
                    bool is_warning = false);
    void add(Problem problem);
    Place place_of(std::string_view key) const;
    std::vector<std::string> known_keys() const;
    AccountSettings* account_of(std::string_view name, Place const& place);
    void find_api_key(AccountSettings& account, Environment const& environment);
    void take_key_from_environment(AccountSettings& account, Environment const& environment);
    void take_key_from_file(AccountSettings& account);
    void use_key(AccountSettings& account, std::string text, std::string where);
    void check_account(AccountSettings const& account);
    void check_delivery();
    void check_paths();
    void check_own_files();
    void check_drives(paths::PathOptions const& usable);
    void check_content();
    void check_scanner();
    void check_transport();
    void check_tokens();
    void check_without_keys();
    void check_grace_end();
    void check_secret_file();
    void check_jwks();
    void check_shared_token();
    std::string first_set(std::vector<std::string> const& names, Environment const& environment);

    Settings settings_;
    std::vector<Problem> problems_;
    std::map<std::string, Place> places_;  // of every key that was written; the last one counts
    std::map<std::string, std::string> key_origins_;  // of the accounts' API keys
    bool is_paths_switch_on_ = false;                 // the original's
};

bool others_can_read(std::filesystem::path const& path);

}  // namespace filegate::config
