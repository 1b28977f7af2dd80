#pragma once
// A provider described by data: contracts/*.toml, embedded in the binary, more by configuration.
// The same description drives delivery and the sandbox, so that the two cannot drift apart. The
// facts and their sources stand beside each value in the TOML files.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace filegate::contracts {

// How a failed answer is to be treated (SPEC section 5).
enum class FailureKind : std::uint8_t {
    refused_file,       // about this file: told to the caller, no retry, no failover
    refused_purpose,    // the wire purpose is not taken: try the next word
    authentication,     // our key: no retry, failover
    account_exhausted,  // quota, arrears: no retry, failover
    rate,               // retry after a while
    server,             // the provider's own trouble: retry, failover
    network,            // not reached, or broken off before all was sent: retry, failover
    ambiguous,          // all was sent, the answer was lost: look before sending again
    not_found,          // the provider has no such file
};

std::string_view name_of(FailureKind kind);

// One line of the error table. Every member that is given must match; the first row that matches
// decides.
struct FailureRule {
    std::optional<int> status;
    std::string type;              // error.type
    std::string code;              // error.code, as text
    std::string message_contains;  // without regard to the case of ASCII letters
    FailureKind kind = FailureKind::server;
};

// Which files a wire purpose takes: those that match either list. Both empty: everything.
struct Formats {
    std::vector<std::string> extensions;     // ".pdf", lower case
    std::vector<std::string> mime_prefixes;  // "image/", "application/pdf"

    // The extension counts without regard to case.
    bool takes(std::string_view file_name, std::string_view mime_type) const;
};

struct WirePurposeRule {
    WirePurpose word;
    std::optional<std::uint64_t> bytes_max;        // none: no limit of its own
    std::optional<std::uint64_t> image_bytes_max;  // for image/* when it differs
    std::optional<std::size_t> files_max;
    Formats formats;
    bool is_documented = true;  // the provider's present documents name it

    // The limit for one file of this type; none: no limit of its own.
    std::optional<std::uint64_t> bytes_max_of(std::string_view mime_type) const;
};

struct CallerPurposeRule {
    Purpose word;
    std::vector<WirePurpose>
        wire;  // best first; those whose formats do not take the file are skipped
};

// How a request proves who sends it and over what kind of connection (SPEC section 4).
enum class Transport : std::uint8_t {
    native,  // a signed token made from an `id.secret` key (docs/providers.md 3.2)
    openai,  // the key itself as Bearer, kept connections
    plain,   // the same over a fresh HTTP/1.1 connection each time: the last resort
};

std::string_view name_of(Transport transport);  // also the key of its circuit breaker: glm/native

enum class IdShape : std::uint8_t { kimi, glm, openai };

struct Contract {
    ProviderName name;
    std::string title;
    std::string base_url;      // without a trailing slash; paths below: /files, /files/{id}
    std::string sandbox_path;  // where the sandbox serves it: /kimi/v1
    std::vector<CallerPurposeRule> caller_purposes;  // the provider's own list of SPEC section 4
    std::vector<CallerPurposeRule>
        auto_purposes;  // the OpenAI words, translated, for provider=auto
    std::vector<WirePurposeRule> wire_purposes;
    Purpose default_purpose;  // when the caller gives none
    std::vector<WirePurpose>
        original_purposes;  // what the original system believed (--purposes original)
    bool has_list = true;
    bool list_needs_purpose = false;
    std::string list_query;  // for one page of the newest: limit=100&order=desc
    bool has_retrieve = true;
    bool has_content = true;
    bool has_delete = true;
    std::optional<std::chrono::hours> retention;
    std::optional<std::size_t> files_max;          // per account
    std::optional<std::uint64_t> total_bytes_max;  // per account
    std::vector<FailureRule> failures;
    IdShape id_shape = IdShape::openai;
    std::vector<Transport> transports{Transport::openai};  // in the order in which they are tried

    WirePurposeRule const* find_wire(WirePurpose const& word) const;
};

// Parses and checks one contract; configuration_error names the file, line and key of every
// problem, one a line. `extends = "kimi"` takes what is not given from that built-in contract;
// a list or table of words that is given replaces the whole of it.
Result<Contract> parse_contract(std::string_view toml, std::string_view file_name);

// kimi, kimi-cn, glm, glm-cn, openai. A bug if one does not parse (tested).
std::vector<Contract> const& builtin_contracts();

}  // namespace filegate::contracts
