#pragma once
// The table of keys: reading, `config show`, `config schema`, config/filegate.toml and the docs are
// all derived from it.

#include <span>

#include "config/key_value.hpp"
#include "config/settings.hpp"

namespace filegate::config {

template <class Owner>
struct KeyOf : KeyFacts {
    void (*set)(Owner&, Value const&);
    Value (*get)(Owner const&);
};

using Key = KeyOf<Settings>;
using AccountKey = KeyOf<AccountSettings>;  // named without its prefix: accounts.NAME.

std::span<Key const> keys();
std::span<AccountKey const> account_keys();

// Those every installation has, without keys.
std::vector<AccountSettings> builtin_accounts();

// accounts.kimi.base_url
std::string account_key_name(AccountSettings const& account, KeyFacts const& key);

// Never shown and never written into a reference.
bool is_secret(KeyFacts const& key);

}  // namespace filegate::config
