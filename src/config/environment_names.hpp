#pragma once
// Which environment variables mean which keys: FILEGATE_<SECTION>_<KEY>, and the names of the
// original system, which existing installations have set.

#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace filegate::config {

// server.port -> FILEGATE_SERVER_PORT; accounts.kimi-cn.base_url -> FILEGATE_ACCOUNTS_KIMI_CN_...
std::string environment_name(std::string_view key);

struct Alias {
    std::string_view name;
    std::string_view key;
    std::string_view unit;  // appended to the value: UPLOAD_TIMEOUT=300 means 300s
};

// Where two name one key, the first one counts.
std::span<Alias const> aliases();

// EX_ALLOW_EXTERNAL_PATHS=true, the original's switch of server-side paths.
bool is_paths_switch_on(Environment const& environment);

// The folders that the original system named count only together with that switch.
bool is_switched_off(Environment const& environment, Alias const& alias);

// Warns of variables that look like ours and are not, or that mean nothing in this release.
// `known` are the FILEGATE_ names and the variables that hold keys.
std::vector<Problem> unknown_names(Environment const& environment,
                                   std::vector<std::string> const& known);

}  // namespace filegate::config
