#include "config/environment_names.hpp"

#include <fmt/format.h>

#include "contracts/nearest_word.hpp"
#include "observe/escape.hpp"

namespace filegate::config {
namespace {

constexpr std::array alias_table{
    Alias{"KIMI_BASE_URL", "accounts.kimi.base_url", ""},
    Alias{"KIMI_API_URL", "accounts.kimi.base_url", ""},
    Alias{"GLM_BASE_URL", "accounts.glm.base_url", ""},
    Alias{"GLM_API_URL", "accounts.glm.base_url", ""},
    Alias{"OPENAI_BASE_URL", "accounts.openai.base_url", ""},
    Alias{"PREFERRED_PROVIDER", "delivery.preferred", ""},
    Alias{"UPLOAD_TIMEOUT", "delivery.attempt_timeout", "s"},
    Alias{"RETRY_MAX_ATTEMPTS", "delivery.attempts_max", ""},
    Alias{"RETRY_BASE_DELAY", "delivery.delay_base", "s"},
    Alias{"RETRY_MAX_DELAY", "delivery.delay_max", "s"},
    Alias{"CIRCUIT_BREAKER_FAILURE_THRESHOLD", "delivery.breaker_failures", ""},
    Alias{"CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "delivery.breaker_successes", ""},
    Alias{"CIRCUIT_BREAKER_TIMEOUT", "delivery.breaker_wait", "s"},
    Alias{"FILE_LOCK_TIMEOUT_SECONDS", "delivery.lease_duration", "s"},
    Alias{"DEFAULT_MAX_FILE_SIZE_BYTES", "access.file_bytes_max", ""},
    Alias{"MAX_FILE_SIZE_MB", "access.file_bytes_max", "MiB"},
    Alias{"DEFAULT_USER_QUOTA_BYTES", "quota.bytes_per_principal", ""},
    Alias{"DEFAULT_USER_QUOTA_GB", "quota.bytes_per_principal", "GiB"},
    Alias{"MAX_CONNECTIONS", "server.connections_max", ""},
    Alias{"MAX_CONNECTIONS_PER_IP", "server.connections_per_address_max", ""},
    Alias{"EX_ALLOWED_EXTERNAL_PREFIXES", "paths.roots", ""},
    Alias{"ALLOWED_PATHS", "paths.roots", ""},
    Alias{"EX_DRIVE_MAPPINGS", "paths.drive_mappings", ""},
    Alias{"JWT_ALGORITHM", "auth.algorithms", ""},
    Alias{"JWT_ISSUER", "auth.issuer", ""},
    Alias{"JWT_AUDIENCE", "auth.audience", ""},
    Alias{"JWT_GRACE_PERIOD_DAYS", "auth.grace_ends", "d"},
};

// The original's names for what this release does not do. Whoever has set one must know that it is
// not obeyed, above all those about who may come in.
constexpr std::array not_yet = std::to_array<std::string_view>({
    "KIMI_FILES_MAX_SIZE_MB",
    "KIMI_DEFAULT_MODEL",
    "GLM_FILES_MAX_SIZE_MB",
    "GLM_DEFAULT_MODEL",
    "SUPABASE_URL",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "KIMI_UPLOAD_TO_SUPABASE",
    "RESILIENCE_ENABLED",
    "RETRY_EXPONENTIAL_BASE",
    "RETRY_JITTER",
    "MAX_CONCURRENT_UPLOADS",
    "ENABLE_DEDUPLICATION",
    "FILE_RETENTION_DAYS",
    "CLEANUP_INTERVAL_HOURS",
    "EXAI_WS_HOST",
    "EXAI_WS_PORT",
    "EXAI_WS_MAX_BYTES",
    "EXAI_WS_HELLO_TIMEOUT",
});

// The original's switch of the paths named above: without it they open nothing.
constexpr std::string_view paths_switch = "EX_ALLOW_EXTERNAL_PATHS";

// Those the command line reads itself.
constexpr std::array of_the_command_line = std::to_array<std::string_view>(
    {"FILEGATE_URL", "FILEGATE_TOKEN", "FILEGATE_CONFIG", "FILEGATE_CA_FILE"});

// A name that begins like this is most likely meant for us.
constexpr std::array families = std::to_array<std::string_view>(
    {"FILEGATE_", "KIMI_", "GLM_", "RETRY_", "CIRCUIT_BREAKER_", "EXAI_WS_", "JWT_GRACE"});

bool is_one_of(std::span<std::string_view const> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_in_family(std::string_view name) {
    return std::ranges::any_of(families,
                               [&](std::string_view family) { return name.starts_with(family); });
}

Problem warning(std::string const& name, std::string message) {
    return {.key = observe::printable(name.substr(0, 64)),
            .message = std::move(message),
            .is_warning = true};
}

}  // namespace

std::string environment_name(std::string_view key) {
    std::string name = "FILEGATE_";
    for (char const letter : key) {
        auto const is_letter = letter >= 'a' && letter <= 'z';
        if (letter == '.' || letter == '-') {
            name += '_';
        } else {
            name += is_letter ? static_cast<char>(letter - 'a' + 'A') : letter;
        }
    }
    return name;
}

std::span<Alias const> aliases() {
    return alias_table;
}

bool is_paths_switch_on(Environment const& environment) {
    auto const found = environment.find(std::string(paths_switch));
    if (found == environment.end()) return false;
    auto value = found->second;
    std::ranges::transform(value, value.begin(), [](char c) {
        return static_cast<char>(c | ('A' <= c && c <= 'Z' ? 32 : 0));
    });
    return value == "true" || value == "1" || value == "yes" || value == "on";
}

bool is_switched_off(Environment const& environment, Alias const& alias) {
    return alias.key == "paths.roots" && !is_paths_switch_on(environment);
}

std::vector<Problem> unknown_names(Environment const& environment,
                                   std::vector<std::string> const& known) {
    std::vector<std::string_view> valid(known.begin(), known.end());
    valid.push_back(paths_switch);
    valid.insert(valid.end(), of_the_command_line.begin(), of_the_command_line.end());
    for (auto const& alias : alias_table)
        valid.push_back(alias.name);
    std::vector<Problem> problems;
    for (auto const& [name, value] : environment) {
        if (value.empty() || is_one_of(valid, name)) continue;
        if (is_one_of(not_yet, name)) {
            problems.push_back(warning(name, "is set, but has no effect in this release"));
        } else if (is_in_family(name)) {
            problems.push_back(warning(name, fmt::format("is not a name Filegate knows; the "
                                                         "nearest is {}",
                                                         contracts::nearest_word(name, valid))));
        }
    }
    return problems;
}

}  // namespace filegate::config
