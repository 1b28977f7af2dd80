// What no single key can know about itself.

#include <fmt/format.h>

#include "config/address.hpp"
#include "config/loading.hpp"
#include "config/units.hpp"
#include "contracts/nearest_word.hpp"
#include "ingest/content_types.hpp"

namespace filegate::config {

void Loading::check() {
    auto const& ingest = settings_.ingest;
    if (!is_loopback(settings_.server.host) && !settings_.tokens.has_keys()) {
        problem("server.host",
                fmt::format("is {}, which other machines can reach, and no authentication is "
                            "configured; configure [auth], or listen on 127.0.0.1 and let a proxy "
                            "that authenticates stand in front",
                            settings_.server.host));
    }
    check_tokens();
    if (ingest.buffer_bytes * ingest.buffers_in_flight > ingest.buffer_memory_bytes_max) {
        problem("ingest.buffer_memory_bytes_max",
                fmt::format("is {}, too little for one upload of {} buffers of {}",
                            show_size(ingest.buffer_memory_bytes_max), ingest.buffers_in_flight,
                            show_size(ingest.buffer_bytes)));
    }
    if (ingest.inline_bytes_max > ingest.buffer_bytes) {
        problem("ingest.inline_bytes_max",
                fmt::format("is {}, more than ingest.buffer_bytes, which is {}",
                            show_size(ingest.inline_bytes_max), show_size(ingest.buffer_bytes)));
    }
    check_transport();
    check_paths();
    for (auto const& account : settings_.accounts)
        check_account(account);
    check_delivery();
    check_content();
}

void Loading::check_delivery() {
    auto const& delivery = settings_.delivery;
    if (delivery.retry.delay_base > delivery.retry.delay_max) {
        problem("delivery.delay_base", fmt::format("is {}, longer than delivery.delay_max, {}",
                                                   show_duration(delivery.retry.delay_base),
                                                   show_duration(delivery.retry.delay_max)));
    }
    if (delivery.attempt_timeout > delivery.delivery_timeout) {
        problem("delivery.attempt_timeout",
                fmt::format("is {}, longer than delivery.delivery_timeout, {}, which ends it first",
                            show_duration(delivery.attempt_timeout),
                            show_duration(delivery.delivery_timeout)),
                true);
    }
    if (std::ranges::none_of(settings_.accounts, &AccountSettings::is_usable)) {
        server_problem("",
                       "no provider account has a key: files are kept, but delivered nowhere; set "
                       "KIMI_API_KEY, GLM_API_KEY or OPENAI_API_KEY, or see [accounts.*]",
                       true);
    }
    if (settings_.preferred_provider.empty()) return;
    std::vector<std::string_view> names;
    for (auto const& contract : settings_.contracts)
        names.push_back(contract.name.text());
    auto const& preferred = settings_.preferred_provider;
    if (std::ranges::find(names, preferred) == names.end()) {
        problem("delivery.preferred",
                fmt::format("is \"{}\", which is no provider; the nearest is "
                            "\"{}\"",
                            preferred, contracts::nearest_word(preferred, names)));
    } else if (std::ranges::none_of(settings_.accounts, [&](AccountSettings const& account) {
                   return account.is_usable() && account.provider == preferred;
               })) {
        server_problem("delivery.preferred",
                       fmt::format("is \"{}\", which has no usable account", preferred), true);
    }
}

void Loading::check_content() {
    auto const& content = settings_.ingest.content;
    auto const groups = ingest::type_groups();
    for (auto const& word : content.allowed_types) {
        auto const is_group = std::ranges::find(groups, word) != groups.end();
        if (is_group || word.contains('/')) continue;
        problem("content.allowed_types",
                fmt::format("has \"{}\", which is neither a media type nor a group; the nearest is "
                            "\"{}\"",
                            word, contracts::nearest_word(word, groups)));
    }
    for (auto const& extension : content.blocked_extensions) {
        if (!extension.empty() && extension.find_first_of("/*: ") == extension.npos) continue;
        problem("content.blocked_extensions",
                fmt::format("has \"{}\", which is no extension; write \"exe\"", extension));
    }
    if (!settings_.scan.address.empty()) check_scanner();
}

void Loading::check_scanner() {
    auto const is_refused = settings_.ingest.content.unchecked == ingest::Unchecked::refuse;
    if (auto const address = ingest::parse_clamd_address(settings_.scan.address); !address) {
        problem("scan.address", address.error().message);
    } else if (std::error_code ignored;
               !address->path.empty() && !std::filesystem::is_socket(address->path, ignored)) {
        server_problem("scan.address",
                       fmt::format("names {}, where there is no socket: clamd does not run, or "
                                   "listens elsewhere; until it does, files are {} "
                                   "(content.unchecked)",
                                   address->path, is_refused ? "refused" : "kept unscanned"),
                       true);
    }
    if (settings_.scan.stream_bytes_max < settings_.access.file_bytes_max && is_refused) {
        problem("scan.stream_bytes_max",
                fmt::format("is {}: files between that and access.file_bytes_max, {}, cannot be "
                            "scanned and are refused (content.unchecked)",
                            show_size(settings_.scan.stream_bytes_max),
                            show_size(settings_.access.file_bytes_max)),
                true);
    }
}

}  // namespace filegate::config
