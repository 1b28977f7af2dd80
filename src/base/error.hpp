#pragma once
// What can go wrong, in words that name no protocol. One code per kind of trouble; the table in
// error_table.cpp says what each means and which HTTP status, OpenAI type and exit code it gets.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filegate {

enum class ErrorCode : std::uint16_t {
    validation_failed = 1001,
    invalid_file_type = 1002,
    file_too_large = 1003,
    file_not_found = 1004,
    invalid_path = 1005,
    malicious_file = 1006,
    invalid_extension = 1007,
    digest_mismatch = 1008,
    body_truncated = 1009,
    range_not_satisfiable = 1010,
    route_not_found = 1011,
    method_not_allowed = 1012,
    header_too_large = 1013,
    request_timeout = 1014,
    cancelled_by_client = 1015,
    unchecked_file = 1016,
    unauthorized = 2001,
    invalid_token = 2002,
    token_expired = 2003,
    quota_exceeded = 2004,
    permission_denied = 2005,
    rate_limited = 2006,
    host_refused = 2007,
    provider_error = 3001,
    provider_unavailable = 3002,
    circuit_breaker_open = 3003,
    all_providers_unavailable = 3004,
    invalid_purpose = 3005,
    upload_failed = 3006,
    delete_failed = 3007,
    unknown_provider = 3008,
    provider_refused_file = 3009,
    delivery_timeout = 3010,
    file_locked = 4001,
    lock_timeout = 4002,
    concurrent_upload = 4003,
    storage_error = 5001,
    supabase_error = 5002,
    database_error = 5003,
    store_full = 5004,
    store_in_use = 5005,
    catalog_corrupt = 5006,
    unexpected_error = 9001,
    configuration_error = 9002,
    network_error = 9003,
    overloaded = 9004,
    address_in_use = 9005,
    scanner_unavailable = 9006,
};

// The first digit of a code; ten times it is the command line's exit code.
enum class ErrorCategory : std::uint8_t {
    validation = 1,
    access = 2,
    provider = 3,
    locking = 4,
    storage = 5,
    system = 9,
};

struct ErrorRow {
    ErrorCode code;
    std::string_view name;  // FILE_TOO_LARGE: error_name on the wire
    int http_status;
    std::string_view openai_type;  // invalid_request_error, server_error, ...
    std::string_view openai_code;  // file_too_large: error.code on the wire
    std::string_view meaning;      // one sentence for docs/errors.md
};

std::span<ErrorRow const> error_table();
ErrorRow const& error_row(ErrorCode code);
ErrorCategory category(ErrorCode code);

// An expected failure. `message` is for the caller: it names the limit met, the value seen and what
// to do next, and holds no secret. `detail` is for the log only.
struct Error {
    ErrorCode code = ErrorCode::unexpected_error;
    std::string message;
    std::string detail;
    std::string param;     // the request field at fault, or empty
    std::string provider;  // the provider at fault, or empty
    std::string file_id;   // the file that is kept although the call failed, or empty
    std::optional<int> retry_after_s;
};

}  // namespace filegate
