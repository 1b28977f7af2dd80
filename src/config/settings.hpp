#pragma once
// The whole configuration as one typed tree, and where each value came from. keys.hpp has the table
// of keys from which reading, showing and the docs are derived.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "delivery/delivery.hpp"
#include "gateway/audit.hpp"
#include "gateway/queue_policy.hpp"
#include "gateway/recovery.hpp"
#include "http/host_check.hpp"
#include "ingest/clamd_scanner.hpp"
#include "ingest/ingest.hpp"
#include "net/http_server.hpp"
#include "observe/log.hpp"
#include "paths/path_map.hpp"

namespace filegate::config {

// One API key at one provider, configured or built in. Without a key it is never used.
struct AccountSettings {
    std::string name;  // the table's: [accounts.NAME]
    std::string provider;
    bool is_enabled = true;
    std::string base_url;                  // empty: the contract's
    std::vector<std::string> api_key_env;  // the first of these that is set holds the key
    std::string api_key_file;              // empty: none
    Secret api_key;

    bool is_usable() const { return is_enabled && !api_key.is_empty(); }
};

struct Settings {
    net::ServerOptions server{.port = 8787};
    net::TlsFiles tls;
    seconds tls_reload_interval{60};  // how often the files are looked at; 0: on SIGHUP only
    http::HostOptions hosts;
    std::size_t network_threads = 2;
    std::size_t worker_threads = 4;
    seconds drain_timeout{10};
    std::filesystem::path data_folder = "filegate-data";
    access::AccessOptions access;
    std::uint64_t quota_bytes_per_principal = 10ULL << 30;  // who has none of their own
    paths::PathOptions paths;
    gateway::AuditOptions audit;
    access::TokenOptions tokens;
    ingest::IngestOptions ingest;
    ingest::ScanOptions scan;
    delivery::DeliveryOptions delivery;
    coordination::BreakerOptions breakers;
    coordination::LeaseOptions leases;
    gateway::QueueOptions queue;
    gateway::RecoveryOptions recovery;
    std::vector<std::string> account_order{"kimi", "glm", "openai", "kimi-cn", "glm-cn"};
    std::string preferred_provider;           // its accounts go first; empty: as ordered
    std::vector<std::string> contract_files;  // more providers, and replacements of built-in ones
    observe::LogOptions log;

    std::vector<AccountSettings> accounts;       // in order of preference, unusable ones too
    std::vector<contracts::Contract> contracts;  // built-in and configured
};

struct Problem {
    std::string file;  // empty: not from a file
    int line = 0;
    std::string key;  // or the environment's name, or the flag; may be empty
    std::string message;
    bool is_warning = false;
    // About what a server finds around it (folders, certificates, sockets, keys of accounts): a
    // command that serves nothing can do without.
    bool is_for_servers = false;
};

// config/dev.toml:12: server.prot: is not a key; the nearest is server.port
std::string describe(Problem const& problem);

// Where a value came from: "default", "config/dev.toml:12", "KIMI_BASE_URL", "--listen".
struct Origin {
    std::string key;
    std::string where;
};

using Environment = std::map<std::string, std::string>;

// A value from the command line, which wins over everything.
struct Override {
    std::string key;
    std::string value;
    std::string flag;
};

// Default < file < environment < flags. With an error among the problems the settings hold what
// could be understood and must not be used.
struct LoadedSettings {
    Settings settings;
    std::vector<Problem> problems;
    std::vector<Origin> origins;  // every key once

    bool has_error() const;
    bool has_error_of_values() const;  // one that is not for servers only
    std::string where(std::string_view key) const;
};

// Reads the file, key files and contract files: blocks, for start-up only. Never stops at the first
// problem.
LoadedSettings load_settings(std::optional<std::filesystem::path> const& file,
                             Environment const& environment,
                             std::vector<Override> const& overrides = {});

// The same from text in hand; `file_name` is how problems call it.
LoadedSettings load_settings_text(std::string_view toml, std::string const& file_name,
                                  Environment const& environment,
                                  std::vector<Override> const& overrides = {});

// What delivery is given: the accounts that have a key, best first. They point into
// `settings.contracts`, which must outlive them and stay where it is.
std::vector<delivery::Account> usable_accounts(Settings const& settings);

}  // namespace filegate::config
