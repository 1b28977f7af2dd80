#include "config/keys.hpp"

#include <fmt/format.h>

namespace filegate::config {
namespace {

using observe::LogFormat;
using observe::LogLevel;

constexpr std::array<std::string_view, 5> level_words{"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> format_words{"text", "json"};
constexpr std::array<std::string_view, 2> unchecked_words{"refuse", "accept"};

template <class Enum>
constexpr std::span<std::string_view const> words_of() {
    if constexpr (std::is_same_v<Enum, LogLevel>) {
        return level_words;
    } else if constexpr (std::is_same_v<Enum, ingest::Unchecked>) {
        return unchecked_words;
    } else {
        return format_words;
    }
}

template <class T>
Value to_value(T const& field) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> ||
                  std::is_same_v<T, std::vector<std::string>>) {
        return field;
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<std::int64_t>(field);
    } else if constexpr (std::is_enum_v<T>) {
        return std::string(words_of<T>()[static_cast<std::size_t>(field)]);
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
        return field.string();
    } else if constexpr (std::is_same_v<T, Secret>) {
        return std::string(field.is_empty() ? "" : "(set)");
    } else {
        return std::int64_t{milliseconds(field).count()};
    }
}

template <class T>
void assign(T& field, Value const& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> ||
                  std::is_same_v<T, std::vector<std::string>>) {
        field = std::get<T>(value);
    } else if constexpr (std::is_integral_v<T>) {
        field = static_cast<T>(std::get<std::int64_t>(value));
    } else if constexpr (std::is_enum_v<T>) {
        auto const words = words_of<T>();
        auto const word = std::ranges::find(words, std::get<std::string>(value));
        field = static_cast<T>(word - words.begin());
    } else if constexpr (std::is_same_v<T, std::filesystem::path> || std::is_same_v<T, Secret>) {
        field = T(std::get<std::string>(value));
    } else {
        field = std::chrono::duration_cast<T>(milliseconds(std::get<std::int64_t>(value)));
    }
}

using Server = net::ServerOptions;
using Access = access::AccessOptions;
using Tokens = access::TokenOptions;
using Ingest = ingest::IngestOptions;
using Delivery = delivery::DeliveryOptions;
using Retry = delivery::RetryOptions;
using Log = observe::LogOptions;

constexpr std::int64_t kib = 1 << 10;
constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t gib = 1 << 30;
constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t path_bytes_max = 4096;

// A key whose value is `owner.*first.*second`.
template <class Owner, auto... path>
KeyOf<Owner> key(KeyFacts facts) {
    using Field = std::remove_cvref_t<decltype((std::declval<Owner&>().*....*path))>;
    if constexpr (std::is_same_v<Field, seconds>) facts.step = second;
    if constexpr (std::is_enum_v<Field>) facts.choices = words_of<Field>();
    return {std::move(facts),
            [](Owner& owner, Value const& value) { assign((owner.*....*path), value); },
            [](Owner const& owner) { return to_value((owner.*....*path)); }};
}

template <auto... path>
Key in_tree(KeyFacts facts) {
    return key<Settings, path...>(std::move(facts));
}

template <auto... path>
AccountKey in_account(KeyFacts facts) {
    return key<AccountSettings, path...>(std::move(facts));
}

std::vector<Key> server_keys() {
    using S = Settings;
    return {
        in_tree<&S::server, &Server::host>(
            {"server.host", Kind::text, 1, 255,
             "Address to listen on. Anything but loopback needs authentication."}),
        in_tree<&S::server, &Server::port>(
            {"server.port", Kind::count, 0, 65'535, "Port to listen on; 0 takes any free one."}),
        in_tree<&S::network_threads>(
            {"server.network_threads", Kind::count, 1, 64, "Threads that serve connections."}),
        in_tree<&S::worker_threads>({"server.worker_threads", Kind::count, 1, 256,
                                     "Threads for disk, database and hashing."}),
        in_tree<&S::drain_timeout>(
            {"server.drain_timeout", Kind::duration, 0, hour,
             "How long running requests may go on after SIGTERM before they are cut off."}),
        in_tree<&S::server, &Server::connections_max>(
            {"server.connections_max", Kind::count, 1, 1'000'000,
             "Connections at once; more are turned away."}),
        in_tree<&S::server, &Server::header_bytes_max>({"server.header_bytes_max", Kind::size, kib,
                                                        mib, "Request line and headers together."}),
        in_tree<&S::server, &Server::header_timeout>(
            {"server.header_timeout", Kind::duration, second, hour,
             "How long a client may take to send its headers."}),
        in_tree<&S::server, &Server::body_idle_timeout>({"server.body_idle_timeout", Kind::duration,
                                                         second, hour,
                                                         "How long an upload may send nothing."}),
        in_tree<&S::server, &Server::keep_alive_timeout>({"server.keep_alive_timeout",
                                                          Kind::duration, second, hour,
                                                          "How long an idle connection is kept."}),
        in_tree<&S::server, &Server::write_idle_timeout>(
            {"server.write_idle_timeout", Kind::duration, second, hour,
             "How long a client may take nothing of an answer."}),
        in_tree<&S::server, &Server::unread_body_bytes_max>(
            {"server.unread_body_bytes_max", Kind::size, 0, gib,
             "How much of a refused body is read and dropped to keep the connection."}),
    };
}

std::vector<Key> transport_keys() {
    using S = Settings;
    return {
        in_tree<&S::server, &Server::body_rate_min>(
            {"server.body_rate_min", Kind::size, 0, gib,
             "Bytes a second that slow bodies and answers must reach on average; 0: any."}),
        in_tree<&S::server, &Server::connections_per_address_max>(
            {"server.connections_per_address_max", Kind::count, 0, 1'000'000,
             "From one address; 0: a tenth of connections_max, all of it from this machine."}),
        in_tree<&S::hosts, &http::HostOptions::allowed_hosts>(
            {"server.allowed_hosts", Kind::texts, 0, 64,
             "Names it answers to; empty: any with authentication, else loopback only."}),
        in_tree<&S::hosts, &http::HostOptions::allowed_origins>(
            {"server.allowed_origins", Kind::texts, 0, 64,
             "Other sites whose pages may call it, such as https://app.example."}),
        in_tree<&S::tls, &net::TlsFiles::certificate>(
            {"server.tls_certificate_file", Kind::text, 0, path_bytes_max,
             "PEM, its issuers behind it; with it only https:// is spoken."}),
        in_tree<&S::tls, &net::TlsFiles::key>({"server.tls_key_file", Kind::text, 0, path_bytes_max,
                                               "The certificate's key, PEM, no passphrase."}),
        in_tree<&S::tls_reload_interval>(
            {"server.tls_reload_interval", Kind::duration, 0, day,
             "How often both files are looked at for changes; 0s: on SIGHUP only."}),
    };
}

std::vector<Key> stage_keys() {
    using S = Settings;
    return {
        in_tree<&S::data_folder>({"data.folder", Kind::text, 1, path_bytes_max,
                                  "Where files and the catalog are kept; one process at a time."}),
        in_tree<&S::access, &Access::file_bytes_max>(
            {"access.file_bytes_max", Kind::size, 1, 1024 * gib,
             "The largest file taken, whatever the provider takes."}),
        in_tree<&S::ingest, &Ingest::buffer_memory_bytes_max>(
            {"ingest.buffer_memory_bytes_max", Kind::size, mib, 64 * gib,
             "Memory for the buffers of all uploads together."}),
        in_tree<&S::ingest, &Ingest::buffer_bytes>({.name = "ingest.buffer_bytes",
                                                    .kind = Kind::size,
                                                    .least = 64 * kib,
                                                    .most = 64 * mib,
                                                    .doc = "One buffer of a large upload.",
                                                    .step = 4 * kib}),
        in_tree<&S::ingest, &Ingest::buffers_in_flight>(
            {"ingest.buffers_in_flight", Kind::count, 1, 16,
             "Buffers per large upload: reading, hashing and writing overlap."}),
        in_tree<&S::ingest, &Ingest::inline_bytes_max>(
            {"ingest.inline_bytes_max", Kind::size, 4 * kib, 64 * mib,
             "Bodies up to this take one buffer and one step."}),
        in_tree<&S::ingest, &Ingest::magic_file>({"ingest.magic_file", Kind::text, 0,
                                                  path_bytes_max,
                                                  "libmagic's database; empty: the system's."}),
        in_tree<&S::log, &Log::level>(
            {"log.level", Kind::choice, 0, 0, "The least important events that are logged."}),
        in_tree<&S::log, &Log::format>(
            {"log.format", Kind::choice, 0, 0, "text for people, json for machines."}),
        in_tree<&S::log, &Log::queue_lines_max>(
            {"log.queue_lines_max", Kind::count, 16, 1'000'000,
             "Lines that wait for a slow terminal; beyond that the oldest are dropped."}),
    };
}

std::vector<Key> content_keys() {
    using S = Settings;
    using C = ingest::ContentOptions;
    using Scan = ingest::ScanOptions;
    return {
        in_tree<&S::ingest, &Ingest::content, &C::allowed_types>(
            {"content.allowed_types", Kind::texts, 1, 256,
             "Groups (the default's, and archives) and media types, also as \"image/*\"."}),
        in_tree<&S::ingest, &Ingest::content, &C::blocked_extensions>(
            {"content.blocked_extensions", Kind::texts, 0, 1024,
             "Refused whatever the content; replaces the whole list."}),
        in_tree<&S::ingest, &Ingest::content, &C::unchecked>(
            {"content.unchecked", Kind::choice, 0, 0,
             "Files that cannot be checked: scanner down, too large to scan, encrypted archive."}),
        in_tree<&S::ingest, &Ingest::content, &C::archive_ratio_max>(
            {"content.archive_ratio_max", Kind::count, 1, 100'000,
             "Archives and documents: unpacked to packed, beyond the first 16 MiB."}),
        in_tree<&S::ingest, &Ingest::content, &C::archive_bytes_max>(
            {"content.archive_bytes_max", Kind::size, mib, 1024 * gib,
             "Unpacked, with everything in archives within."}),
        in_tree<&S::ingest, &Ingest::content, &C::archive_members_max>(
            {"content.archive_members_max", Kind::count, 1, 10'000'000,
             "Members, with those of archives within."}),
        in_tree<&S::ingest, &Ingest::content, &C::archive_depth_max>(
            {"content.archive_depth_max", Kind::count, 1, 16, "Archives in archives."}),
        in_tree<&S::scan, &Scan::address>(
            {"scan.address", Kind::text, 0, 255,
             "clamd's Unix socket or address:port; empty: no malware scan."}),
        in_tree<&S::scan, &Scan::timeout>({"scan.timeout", Kind::duration, second, hour,
                                           "How long one file may wait for clamd, all in all."}),
        in_tree<&S::scan, &Scan::stream_bytes_max>(
            {"scan.stream_bytes_max", Kind::size, kib, 4 * gib,
             "Larger files are not scanned; at most clamd's StreamMaxLength."}),
    };
}

std::vector<Key> auth_keys() {
    using S = Settings;
    return {
        in_tree<&S::tokens, &Tokens::secret_env>(
            {"auth.jwt_secret_env", Kind::texts, 0, 8,
             "Variables that may hold an HS256 secret; the first one that is set counts."}),
        in_tree<&S::tokens, &Tokens::secret_file>(
            {"auth.jwt_secret_file", Kind::text, 0, path_bytes_max,
             "HS256 secrets, one kid:secret a line, newest first; read again when it changes."}),
        in_tree<&S::tokens, &Tokens::jwks>(
            {"auth.jwks", Kind::text, 0, path_bytes_max,
             "Keys for RS256 and ES256: a file or an https:// URL with a JWK set; empty: none."}),
        in_tree<&S::tokens, &Tokens::algorithms>(
            {"auth.algorithms", Kind::texts, 0, 3,
             "Of HS256, RS256, ES256, those that are taken; empty: those there are keys for."}),
        in_tree<&S::tokens, &Tokens::issuer>(
            {"auth.issuer", Kind::text, 0, 2048, "What a token's iss must be; empty: anything."}),
        in_tree<&S::tokens, &Tokens::audience>(
            {"auth.audience", Kind::texts, 0, 8,
             "A token's aud must name one of these (Supabase: authenticated); empty: anything."}),
        in_tree<&S::tokens, &Tokens::default_scopes>(
            {"auth.default_scopes", Kind::texts, 0, 4,
             "What a token without a scope claim may do, and the shared token."}),
        in_tree<&S::tokens, &Tokens::shared_token_env>(
            {"auth.shared_token_env", Kind::texts, 0, 8,
             "Variables that may hold the old shared token, taken beside JWT for a while."}),
        in_tree<&S::tokens, &Tokens::grace_ends>(
            {"auth.grace_ends", Kind::text, 1, 32,
             "When it is no longer taken: 2026-12-31, or 14d after the first start with it."}),
    };
}

std::vector<Key> limit_keys() {
    using S = Settings;
    using R = access::RateOptions;
    return {
        in_tree<&S::quota_bytes_per_principal>(
            {"quota.bytes_per_principal", Kind::size, 0, 1024 * 1024 * gib,
             "What each principal may keep; `filegate quota set` makes exceptions."}),
        in_tree<&S::access, &Access::rates, &R::requests_per_second>(
            {"limits.requests_per_second", Kind::count, 0, 1'000'000,
             "Of one principal; 0: no limit. Without authentication none of these apply."}),
        in_tree<&S::access, &Access::rates, &R::address_requests_per_second>(
            {"limits.address_requests_per_second", Kind::count, 0, 1'000'000,
             "Of one address (IPv6: one /64); 0: no limit, as behind a proxy."}),
        in_tree<&S::access, &Access::rates, &R::failed_logins_per_minute>(
            {"limits.failed_logins_per_minute", Kind::count, 0, 1'000'000,
             "Of one address, which then waits before a token is looked at; 0: no limit."}),
        in_tree<&S::access, &Access::rates, &R::upload_bytes_per_second>(
            {"limits.upload_bytes_per_second", Kind::size, 0, 1024 * gib,
             "Of one principal, and of one address; 0: no limit."}),
        in_tree<&S::access, &Access::rates, &R::uploads_at_once>(
            {"limits.uploads_at_once", Kind::count, 0, 1'000'000,
             "Of one principal; 0: no limit."}),
        in_tree<&S::access, &Access::rates, &R::burst>(
            {"limits.burst", Kind::duration, second, hour,
             "What comes in this time may come at once, after a pause."}),
    };
}

std::vector<Key> delivery_keys() {
    using S = Settings;
    using D = Delivery;
    return {
        in_tree<&S::preferred_provider>({"delivery.preferred", Kind::text, 0, 64,
                                         "The provider that goes first; empty: as ordered."}),
        in_tree<&S::account_order>(
            {"delivery.order", Kind::texts, 0, 64,
             "Accounts in order of preference; those not named follow as written below."}),
        in_tree<&S::contract_files>(
            {"delivery.contract_files", Kind::texts, 0, 64,
             "Files that describe more providers, or replace built-in descriptions."}),
        in_tree<&S::delivery, &D::retry, &Retry::attempts_max>(
            {"delivery.attempts_max", Kind::count, 1, 10,
             "Tries per provider, the first one included."}),
        in_tree<&S::delivery, &D::retry, &Retry::delay_base>(
            {"delivery.delay_base", Kind::duration, 0, 10 * minute,
             "Wait before the second try, at most; doubled for each further one."}),
        in_tree<&S::delivery, &D::retry, &Retry::delay_max>(
            {"delivery.delay_max", Kind::duration, 0, hour,
             "The longest wait, and the longest Retry-After that is obeyed."}),
        in_tree<&S::delivery, &D::attempt_timeout>(
            {"delivery.attempt_timeout", Kind::duration, second, hour, "For one try."}),
        in_tree<&S::delivery, &D::delivery_timeout>({"delivery.delivery_timeout", Kind::duration,
                                                     second, day,
                                                     "For all tries at all providers together."}),
    };
}

std::vector<Key> reliability_keys() {
    using S = Settings;
    using B = coordination::BreakerOptions;
    using Q = gateway::QueueOptions;
    using R = gateway::RecoveryOptions;
    return {
        in_tree<&S::delivery, &Delivery::retry, &Retry::resent_bytes_max>(
            {"delivery.resent_bytes_max", Kind::size, 0, 1024 * gib,
             "A larger file goes to the next provider, if any, after one failed try."}),
        in_tree<&S::delivery, &Delivery::budget, &delivery::RetryBudgetOptions::per_100_uploads>(
            {"delivery.retries_per_100_uploads", Kind::count, 0, 1000,
             "Retries that a provider bears in a long outage; short ones have some to spare."}),
        in_tree<&S::breakers, &B::is_enabled>(
            {"delivery.breakers", Kind::flag, 0, 0,
             "Leave a provider alone for a while when it keeps failing."}),
        in_tree<&S::breakers, &B::failures_to_open>(
            {"delivery.breaker_failures", Kind::count, 1, 1000,
             "Failures in a row, of the provider's own kind, that open its breaker."}),
        in_tree<&S::breakers, &B::successes_to_close>({"delivery.breaker_successes", Kind::count, 1,
                                                       100,
                                                       "Probes in a row that close it again."}),
        in_tree<&S::breakers, &B::wait>(
            {"delivery.breaker_wait", Kind::duration, second, hour,
             "How long it stays open; doubled each time a probe fails."}),
        in_tree<&S::breakers, &B::wait_max>({"delivery.breaker_wait_max", Kind::duration, second,
                                             day, "The longest it stays open."}),
        in_tree<&S::leases, &coordination::LeaseOptions::duration>(
            {"delivery.lease_duration", Kind::duration, 3 * second, hour,
             "How long a dead node's lock on a delivery lasts; living ones renew theirs."}),
        in_tree<&S::queue, &Q::deadline>({"delivery.later_deadline", Kind::duration, second,
                                          30 * day,
                                          "How long a delivery that nobody waits for is tried."}),
        in_tree<&S::queue, &Q::at_once>(
            {"delivery.later_at_once", Kind::count, 1, 1000, "Such deliveries at the same time."}),
        in_tree<&S::queue, &Q::waiting_max>({"delivery.later_waiting_max", Kind::count, 1,
                                             1'000'000, "Such deliveries that may wait."}),
        in_tree<&S::recovery, &R::interval>(
            {"recovery.interval", Kind::duration, second, day,
             "How often uploads whose answer was lost are looked for at the providers."}),
        in_tree<&S::recovery, &R::settle_time>(
            {"recovery.settle_time", Kind::duration, 0, day,
             "How long a provider may go on with an upload whose request has ended."}),
    };
}

std::vector<Key> trust_keys() {
    using S = Settings;
    using A = gateway::AuditOptions;
    using P = paths::PathOptions;
    return {
        in_tree<&S::paths, &P::roots>(
            {"paths.roots", Kind::texts, 0, 64,
             "Folders whose files callers may name by path; none: no file may be."}),
        in_tree<&S::paths, &P::drive_mappings>(
            {"paths.drive_mappings", Kind::texts, 0, 26,
             "What a Windows drive means here: C:/app makes C:\\x the file /app/x."}),
        in_tree<&S::audit, &A::retention>({"audit.retention", Kind::duration, day, 36'500 * day,
                                           "How long the audit trail's rows are kept."}),
        in_tree<&S::audit, &A::rows_max>({"audit.rows_max", Kind::count, 1000, 1'000'000'000,
                                          "Rows that are kept; older ones are cut."}),
    };
}

std::vector<Key> all_keys() {
    auto all = server_keys();
    for (auto& more : {transport_keys(), auth_keys(), stage_keys(), content_keys(), limit_keys(),
                       trust_keys(), delivery_keys(), reliability_keys()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

std::span<Key const> keys() {
    static auto const all = all_keys();
    return all;
}

std::span<AccountKey const> account_keys() {
    using A = AccountSettings;
    static std::vector<AccountKey> const all{
        in_account<&A::provider>({"provider", Kind::text, 1, 64, "Whose account it is."}),
        in_account<&A::is_enabled>(
            {"enabled", Kind::flag, 0, 0, "An account without a key is never used anyway."}),
        in_account<&A::base_url>({"base_url", Kind::text, 0, 2048,
                                  "Where the provider is; empty: as its description says."}),
        in_account<&A::api_key_env>(
            {"api_key_env", Kind::texts, 0, 8,
             "Environment variables that may hold the key; the first one that is set counts."}),
        in_account<&A::api_key_file>(
            {"api_key_file", Kind::text, 0, path_bytes_max,
             "A file whose first line is the key; goes before the environment."}),
        in_account<&A::api_key>({"api_key", Kind::text, 0, 4096,
                                 "The key itself: only for a base_url on this machine."}),
    };
    return all;
}

std::vector<AccountSettings> builtin_accounts() {
    auto const account = [](std::string name, std::vector<std::string> api_key_env) {
        return AccountSettings{
            .name = name, .provider = name, .api_key_env = std::move(api_key_env)};
    };
    return {account("kimi", {"KIMI_API_KEY", "MOONSHOT_API_KEY"}),
            account("glm", {"GLM_API_KEY", "ZAI_API_KEY", "ZHIPUAI_API_KEY"}),
            account("openai", {"OPENAI_API_KEY"}), account("kimi-cn", {"KIMI_CN_API_KEY"}),
            account("glm-cn", {"GLM_CN_API_KEY"})};
}

std::string account_key_name(AccountSettings const& account, KeyFacts const& key) {
    return fmt::format("accounts.{}.{}", account.name, key.name);
}

bool is_secret(KeyFacts const& key) {
    return key.name == "api_key";
}

}  // namespace filegate::config
