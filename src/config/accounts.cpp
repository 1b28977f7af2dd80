// Where an account's key comes from, first found first taken:
//   FILEGATE_ACCOUNTS_NAME_API_KEY, api_key in the file, api_key_file, a variable of api_key_env.

#include <sys/stat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/address.hpp"
#include "config/loading.hpp"
#include "contracts/nearest_word.hpp"

namespace filegate::config {
namespace {

constexpr std::size_t key_file_bytes_max = 16 * 1024;
constexpr std::size_t contract_file_bytes_max = 256 * 1024;

std::string_view first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    return line;
}

// It becomes a header's value: no blanks, no control characters, ASCII.
bool is_api_key(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string name_of(AccountSettings const& account, std::string_view key) {
    return fmt::format("accounts.{}.{}", account.name, key);
}

contracts::Contract const* find_contract(Settings const& settings, std::string_view provider) {
    auto const found = std::ranges::find_if(
        settings.contracts, [&](auto const& contract) { return contract.name.text() == provider; });
    return found == settings.contracts.end() ? nullptr : &*found;
}

}  // namespace

bool others_can_read(std::filesystem::path const& path) {
    struct stat status{};
    return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

void Loading::find_api_keys(Environment const& environment) {
    for (auto& account : settings_.accounts)
        find_api_key(account, environment);
}

void Loading::find_api_key(AccountSettings& account, Environment const& environment) {
    auto const place = places_.find(name_of(account, "api_key"));
    if (place != places_.end() && !account.api_key.is_empty()) {
        use_key(account, account.api_key.reveal(), place->second.text());
    } else if (!account.api_key_file.empty()) {
        take_key_from_file(account);
    } else {
        take_key_from_environment(account, environment);
    }
}

void Loading::take_key_from_environment(AccountSettings& account, Environment const& environment) {
    std::string taken;
    for (auto const& name : account.api_key_env) {
        auto const found = environment.find(name);
        if (found == environment.end() || found->second.empty()) continue;
        if (taken.empty()) {
            taken = name;
            use_key(account, found->second, name);
        } else if (found->second != environment.at(taken)) {
            problem(name, fmt::format("says otherwise than {}, which counts", taken), true);
        }
    }
}

void Loading::take_key_from_file(AccountSettings& account) {
    auto const key = name_of(account, "api_key_file");
    auto const text = read_small_file(account.api_key_file, key_file_bytes_max);
    if (!text) {
        problem(key, fmt::format("names {}, which {}", account.api_key_file, text.error()));
        return;
    }
    if (others_can_read(account.api_key_file)) {
        problem(key,
                fmt::format("names {}, which every user of this machine can read; chmod 600 it",
                            account.api_key_file),
                true);
    }
    use_key(account, std::string(first_line(*text)), account.api_key_file);
}

void Loading::use_key(AccountSettings& account, std::string text, std::string where) {
    account.api_key = Secret();
    if (!is_api_key(text)) {
        auto place = place_of(name_of(account, "api_key"));
        place.name.clear();  // the message says it
        problem_at(
            place, name_of(account, "api_key"),
            fmt::format("from {} is empty, or has blanks or characters that no key has", where));
        return;
    }
    account.api_key = Secret(std::move(text));
    key_origins_[name_of(account, "api_key")] = std::move(where);
}

void Loading::read_contracts() {
    settings_.contracts = contracts::builtin_contracts();
    for (auto const& file : settings_.contract_files) {
        auto const text = read_small_file(file, contract_file_bytes_max);
        if (!text) {
            problem("delivery.contract_files",
                    fmt::format("names {}, which {}", file, text.error()));
            continue;
        }
        auto contract = contracts::parse_contract(*text, file);
        if (!contract) {
            problem("delivery.contract_files",
                    fmt::format("names {}, which is unusable: {}", file, contract.error().message));
            continue;
        }
        auto const same =
            std::ranges::find(settings_.contracts, contract->name, &contracts::Contract::name);
        if (same == settings_.contracts.end()) {
            settings_.contracts.push_back(*std::move(contract));
        } else {
            *same = *std::move(contract);
        }
    }
}

void Loading::order_accounts() {
    std::vector<std::string_view> names;
    for (auto const& account : settings_.accounts)
        names.push_back(account.name);
    for (auto const& name : settings_.account_order) {
        if (std::ranges::find(names, name) == names.end()) {
            problem("delivery.order", fmt::format("names \"{}\", which is no account; the nearest "
                                                  "is \"{}\"",
                                                  name, contracts::nearest_word(name, names)));
        }
    }
    // "auto" is what the original's environment files say for: none in particular.
    if (settings_.preferred_provider == "auto") settings_.preferred_provider.clear();
    auto const& order = settings_.account_order;
    std::multimap<std::pair<bool, std::ptrdiff_t>, AccountSettings> ranked;  // equals stay in order
    for (auto& account : settings_.accounts) {
        auto const is_other = account.provider != settings_.preferred_provider;
        auto const rank = std::ranges::find(order, account.name) - order.begin();
        ranked.emplace(std::pair{is_other, rank}, std::move(account));
    }
    settings_.accounts.clear();
    for (auto& [rank, account] : ranked)
        settings_.accounts.push_back(std::move(account));
}

void Loading::check_account(AccountSettings const& account) {
    if (find_contract(settings_, account.provider) == nullptr) {
        std::vector<std::string_view> names;
        for (auto const& contract : settings_.contracts)
            names.push_back(contract.name.text());
        problem(name_of(account, "provider"),
                fmt::format("is \"{}\", which is no provider; the nearest is \"{}\"",
                            account.provider, contracts::nearest_word(account.provider, names)));
        return;
    }
    auto const key = name_of(account, "base_url");
    auto const address = url_address(account.base_url);
    if (!account.base_url.empty() && !address) {
        problem(key, fmt::format("must be http://HOST[:PORT]/PATH or https://..., not \"{}\"",
                                 account.base_url));
        return;
    }
    auto const is_local = address && is_loopback(address->host);
    auto const written = places_.find(name_of(account, "api_key"));
    if (written != places_.end() && written->second.name.empty() && !is_local) {
        problem(name_of(account, "api_key"),
                "does not belong in this file: put it into an environment variable (api_key_env) "
                "or a file of its own (api_key_file); here it may only stand for a base_url on "
                "this machine");
    }
    if (address && !is_local && account.base_url.starts_with("http://")) {
        problem(key, "is http:// to another machine: the key travels unencrypted", true);
    }
    if (is_local && address->port == settings_.server.port && settings_.server.port != 0) {
        problem(key, fmt::format("is this server's own port {}: files would be delivered to itself",
                                 address->port));
    }
}

std::vector<delivery::Account> usable_accounts(Settings const& settings) {
    std::vector<delivery::Account> accounts;
    for (auto const& one : settings.accounts) {
        auto const* const contract = find_contract(settings, one.provider);
        if (!one.is_usable() || contract == nullptr) continue;
        auto base_url = one.base_url.empty() ? contract->base_url : one.base_url;
        while (base_url.ends_with('/'))
            base_url.pop_back();
        accounts.push_back({.contract = contract,
                            .name = AccountName(one.name),
                            .api_key = one.api_key,
                            .base_url = std::move(base_url)});
    }
    return accounts;
}

}  // namespace filegate::config
