// Default < file < environment < flags. Each layer writes its values over the one before; problems
// are collected and never stop anything, so that all are told at once.

#include <fmt/format.h>

#include "config/loading.hpp"
#include "contracts/nearest_word.hpp"
#include "observe/escape.hpp"

namespace filegate::config {
namespace {

constexpr std::size_t accounts_max = 64;
constexpr std::string_view accounts_prefix = "accounts.";

bool is_account_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
}

std::string shown(std::string_view key) {
    return observe::printable(key.substr(0, 80));
}

LoadedSettings load(TomlFile file, std::string const& file_name, Environment const& environment,
                    std::vector<Override> const& overrides) {
    Loading loading;
    loading.take_file(std::move(file), file_name);
    loading.take_environment(environment);
    loading.take_overrides(overrides);
    loading.find_api_keys(environment);
    loading.find_tokens(environment);
    loading.read_contracts();
    loading.order_accounts();
    loading.check();
    return std::move(loading).finish();
}

}  // namespace

LoadedSettings load_settings(std::optional<std::filesystem::path> const& file,
                             Environment const& environment,
                             std::vector<Override> const& overrides) {
    if (!file) return load({}, "", environment, overrides);
    auto const name = file->string();
    auto const text = read_small_file(*file, file_bytes_max);
    if (text) return load(read_toml(*text, name), name, environment, overrides);
    TomlFile unreadable;
    unreadable.problems.push_back({.file = name, .message = text.error()});
    return load(std::move(unreadable), name, environment, overrides);
}

LoadedSettings load_settings_text(std::string_view toml, std::string const& file_name,
                                  Environment const& environment,
                                  std::vector<Override> const& overrides) {
    return load(read_toml(toml, file_name), file_name, environment, overrides);
}

bool LoadedSettings::has_error() const {
    return std::ranges::any_of(problems, [](Problem const& one) { return !one.is_warning; });
}

bool LoadedSettings::has_error_of_values() const {
    return std::ranges::any_of(
        problems, [](Problem const& one) { return !one.is_warning && !one.is_for_servers; });
}

std::string LoadedSettings::where(std::string_view key) const {
    auto const origin = std::ranges::find(origins, key, &Origin::key);
    return origin == origins.end() ? "" : origin->where;
}

std::string describe(Problem const& problem) {
    std::string text;
    if (!problem.file.empty()) {
        text += problem.line > 0 ? fmt::format("{}:{}: ", problem.file, problem.line)
                                 : problem.file + ": ";
    }
    if (problem.is_warning) text += "warning: ";
    if (!problem.key.empty()) text += problem.key + " ";
    return text + problem.message;
}

std::string Place::text() const {
    return name.empty() ? fmt::format("{}:{}", file, line) : name;
}

std::string Place::title(std::string_view key) const {
    if (name.empty()) return std::string(key);
    return name.starts_with("--") ? fmt::format("{} (from {})", key, name) : name;
}

Loading::Loading() {
    settings_.accounts = builtin_accounts();
}

void Loading::take_file(TomlFile file, std::string const& file_name) {
    problems_ = std::move(file.problems);
    for (auto const& entry : file.entries)
        take(entry.key, entry.value, {.file = file_name, .line = entry.line});
}

void Loading::take_environment(Environment const& environment) {
    auto keys = known_keys();
    std::vector<std::string> names;
    for (auto const& account : settings_.accounts)
        names.insert(names.end(), account.api_key_env.begin(), account.api_key_env.end());
    for (auto const* const more :
         {&settings_.tokens.secret_env, &settings_.tokens.shared_token_env})
        names.insert(names.end(), more->begin(), more->end());
    std::map<std::string, std::pair<std::string, std::string>> taken;  // key -> name, value
    auto const take_one = [&](std::string const& name, std::string const& key,
                              std::string_view unit) {
        auto const found = environment.find(name);
        if (found == environment.end() || found->second.empty()) return;
        Loose const value{.text = found->second + std::string(unit), .unit = unit};
        auto const [first, is_new] = taken.try_emplace(key, name, value.text);
        Place const place{.name = name, .unit = unit};
        if (is_new) {
            take(key, value, place);
        } else if (first->second.second != value.text) {
            problem_at(place, name,
                       fmt::format("says otherwise than {}, which counts", first->second.first),
                       true);
        }
    };
    for (auto const& key : keys) {
        names.push_back(environment_name(key));
        take_one(names.back(), key, "");
    }
    for (auto const& alias : aliases()) {
        std::string const name(alias.name);
        if (!is_switched_off(environment, alias)) {
            take_one(name, std::string(alias.key), alias.unit);
        } else if (environment.contains(name)) {
            problem_at({.name = name}, name, "has no effect without EX_ALLOW_EXTERNAL_PATHS=true",
                       true);
        }
    }
    is_paths_switch_on_ = is_paths_switch_on(environment);
    for (auto& unknown : unknown_names(environment, names))
        problem_at({.name = unknown.key}, unknown.key, std::move(unknown.message), true);
}

void Loading::take_overrides(std::vector<Override> const& overrides) {
    for (auto const& [key, value, flag] : overrides)
        take(key, Loose{value}, {.name = flag});
}

void Loading::take(std::string const& key, Written const& written, Place const& place) {
    if (key.starts_with(accounts_prefix)) return take_account(key, written, place);
    auto const row = std::ranges::find(keys(), key, &Key::name);
    if (row == keys().end()) return unknown_key(key, place);
    set(*row, settings_, key, written, place);
}

// accounts.NAME.KEY
void Loading::take_account(std::string const& key, Written const& written, Place const& place) {
    auto const rest = std::string_view(key).substr(accounts_prefix.size());
    auto const dot = rest.find('.');
    if (dot == std::string_view::npos) return unknown_key(key, place);
    auto const row = std::ranges::find(account_keys(), rest.substr(dot + 1), &AccountKey::name);
    if (row == account_keys().end()) return unknown_key(key, place);
    auto* const account = account_of(rest.substr(0, dot), place);
    if (account != nullptr) set(*row, *account, key, written, place);
}

AccountSettings* Loading::account_of(std::string_view name, Place const& place) {
    auto const found = std::ranges::find(settings_.accounts, name, &AccountSettings::name);
    if (found != settings_.accounts.end()) return &*found;
    if (!is_account_name(name)) {
        problem_at(place, fmt::format("accounts.{}", shown(name)),
                   "is not an account's name: 1 to 32 of a-z, 0-9 and -");
        return nullptr;
    }
    if (settings_.accounts.size() == accounts_max) {
        problem_at(place, fmt::format("accounts.{}", name),
                   fmt::format("is one account more than the {} that are taken", accounts_max));
        return nullptr;
    }
    settings_.accounts.push_back({.name = std::string(name), .provider = std::string(name)});
    return &settings_.accounts.back();
}

template <class Owner>
void Loading::set(KeyOf<Owner> const& row, Owner& owner, std::string const& key,
                  Written const& written, Place const& place) {
    auto const value = check_value(row, written);
    if (!value) {
        auto const why = is_secret(row) ? "must be " + describe_kind(row) : value.error();
        problem_at(place, place.title(key), why);
        return;
    }
    row.set(owner, *value);
    places_[key] = place;
}

void Loading::unknown_key(std::string const& key, Place const& place) {
    auto const is_section = [&](std::string_view known) { return known.starts_with(key + "."); };
    auto const known = known_keys();
    std::vector<std::string_view> const words(known.begin(), known.end());
    if (std::ranges::any_of(words, is_section)) {
        auto const how = place.name.empty() ? fmt::format("write [{}]", key)
                                            : fmt::format("name a key of it, {}.KEY", key);
        problem_at(place, place.title(shown(key)), "is a section: " + how);
        return;
    }
    problem_at(place, place.title(shown(key)),
               fmt::format("is not a key; the nearest is {}", contracts::nearest_word(key, words)));
}

std::vector<std::string> Loading::known_keys() const {
    std::vector<std::string> names;
    for (auto const& row : keys())
        names.emplace_back(row.name);
    for (auto const& account : settings_.accounts) {
        for (auto const& row : account_keys())
            names.push_back(account_key_name(account, row));
    }
    return names;
}

void Loading::problem(std::string_view key, std::string message, bool is_warning) {
    auto const place = place_of(key);
    problem_at(place, place.title(key), std::move(message), is_warning);
}

void Loading::server_problem(std::string_view key, std::string message, bool is_warning) {
    auto const place = place_of(key);
    add({.file = place.file,
         .line = place.line,
         .key = place.title(key),
         .message = std::move(message),
         .is_warning = is_warning,
         .is_for_servers = true});
}

// Nowhere: the default holds, or it is no key.
Place Loading::place_of(std::string_view key) const {
    auto const place = places_.find(std::string(key));
    return place == places_.end() ? Place{} : place->second;
}

void Loading::problem_at(Place const& place, std::string_view key, std::string message,
                         bool is_warning) {
    add({.file = place.file,
         .line = place.line,
         .key = std::string(key),
         .message = std::move(message),
         .is_warning = is_warning});
}

void Loading::add(Problem problem) {
    if (problems_.size() == problems_max) return;
    if (problems_.size() == problems_max - 1) {
        problem.message = "and more problems than are told at once";
    }
    problems_.push_back(std::move(problem));
}

LoadedSettings Loading::finish() && {
    LoadedSettings loaded;
    auto const origin = [&](std::string key) {
        auto const place = places_.find(key);
        auto where = place == places_.end() ? std::string("default") : place->second.text();
        loaded.origins.push_back({std::move(key), std::move(where)});
    };
    for (auto const& row : keys())
        origin(std::string(row.name));
    for (auto const& account : settings_.accounts) {
        for (auto const& row : account_keys()) {
            auto key = account_key_name(account, row);
            if (!is_secret(row)) {
                origin(std::move(key));
            } else if (auto const found = key_origins_.find(key); found != key_origins_.end()) {
                loaded.origins.push_back({std::move(key), found->second});
            } else {
                loaded.origins.push_back({std::move(key), "nowhere"});
            }
        }
    }
    loaded.settings = std::move(settings_);
    loaded.problems = std::move(problems_);
    return loaded;
}

}  // namespace filegate::config
