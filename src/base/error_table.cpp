#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/error.hpp"

namespace filegate {
namespace {

using enum ErrorCode;
constexpr std::string_view request = "invalid_request_error";
constexpr std::string_view server = "server_error";

constexpr std::array rows{
    ErrorRow{validation_failed, "VALIDATION_FAILED", 400, request, "validation_failed",
             "The request is malformed or a field has an unusable value."},
    ErrorRow{invalid_file_type, "INVALID_FILE_TYPE", 415, request, "invalid_file_type",
             "The content's type is not allowed, or disagrees with the file's extension."},
    ErrorRow{
        file_too_large, "FILE_TOO_LARGE", 413, request, "file_too_large",
        "The file is larger than the gateway's limit or the provider's limit for this purpose."},
    ErrorRow{file_not_found, "FILE_NOT_FOUND", 404, request, "file_not_found",
             "No such file, or it belongs to somebody else."},
    ErrorRow{invalid_path, "INVALID_PATH", 400, request, "invalid_path",
             "A server-side path is outside the roots, is no regular file, or changed while read."},
    ErrorRow{malicious_file, "MALICIOUS_FILE", 422, request, "malicious_file",
             "The file is an executable, an archive bomb or matched a malware signature."},
    ErrorRow{invalid_extension, "INVALID_EXTENSION", 415, request, "invalid_extension",
             "The file's extension is blocked."},
    ErrorRow{digest_mismatch, "DIGEST_MISMATCH", 400, request, "digest_mismatch",
             "The body's SHA-256 differs from the digest the request announced."},
    ErrorRow{body_truncated, "BODY_TRUNCATED", 400, request, "body_truncated",
             "The body ended before its announced length or its closing boundary."},
    ErrorRow{range_not_satisfiable, "RANGE_NOT_SATISFIABLE", 416, request, "range_not_satisfiable",
             "The Range header names bytes outside the file."},
    ErrorRow{route_not_found, "ROUTE_NOT_FOUND", 404, request, "route_not_found",
             "No such endpoint."},
    ErrorRow{method_not_allowed, "METHOD_NOT_ALLOWED", 405, request, "method_not_allowed",
             "The endpoint exists but does not take this method."},
    ErrorRow{header_too_large, "HEADER_TOO_LARGE", 431, request, "header_too_large",
             "The request line or headers exceed the limit."},
    ErrorRow{request_timeout, "REQUEST_TIMEOUT", 408, request, "request_timeout",
             "The client sent nothing for too long."},
    ErrorRow{cancelled_by_client, "CANCELLED_BY_CLIENT", 499, request, "cancelled",
             "The client went away before the request was complete."},
    ErrorRow{unchecked_file, "UNCHECKED_FILE", 422, request, "unchecked_file",
             "The file cannot be checked (encrypted or damaged archive, too large to scan)."},
    ErrorRow{unauthorized, "UNAUTHORIZED", 401, "authentication_error", "unauthorized",
             "No credentials were sent."},
    ErrorRow{invalid_token, "INVALID_TOKEN", 401, "authentication_error", "invalid_token",
             "The token's form, signature or claims are wrong."},
    ErrorRow{token_expired, "TOKEN_EXPIRED", 401, "authentication_error", "token_expired",
             "The token has expired."},
    ErrorRow{quota_exceeded, "QUOTA_EXCEEDED", 403, "insufficient_quota", "quota_exceeded",
             "The principal's storage quota would be passed."},
    ErrorRow{permission_denied, "PERMISSION_DENIED", 403, "permission_error", "permission_denied",
             "The principal lacks the scope for this call."},
    ErrorRow{rate_limited, "RATE_LIMITED", 429, "rate_limit_error", "rate_limited",
             "Too many requests from this principal or address."},
    ErrorRow{host_refused, "HOST_REFUSED", 403, "permission_error", "host_refused",
             "The Host header is none of the server's names, or the page that Origin names may not "
             "call it."},
    ErrorRow{provider_error, "PROVIDER_ERROR", 502, "provider_error", "provider_error",
             "The provider answered with an error of its own."},
    ErrorRow{provider_unavailable, "PROVIDER_UNAVAILABLE", 503, "provider_error",
             "provider_unavailable", "The provider cannot be reached or is overloaded."},
    ErrorRow{circuit_breaker_open, "CIRCUIT_BREAKER_OPEN", 503, "provider_error",
             "circuit_breaker_open", "The provider failed repeatedly and is being left alone."},
    ErrorRow{
        all_providers_unavailable, "ALL_PROVIDERS_UNAVAILABLE", 503, "provider_error",
        "all_providers_unavailable",
        "No configured provider is available for this file; the message gives each one's reason."},
    ErrorRow{invalid_purpose, "INVALID_PURPOSE", 400, request, "invalid_purpose",
             "The purpose is not one the provider takes; the message lists the valid ones."},
    ErrorRow{upload_failed, "UPLOAD_FAILED", 502, "provider_error", "upload_failed",
             "Every attempt to deliver the file failed; the file is kept and can be redelivered."},
    ErrorRow{delete_failed, "DELETE_FAILED", 502, "provider_error", "delete_failed",
             "A provider copy could not be deleted."},
    ErrorRow{
        unknown_provider, "UNKNOWN_PROVIDER", 400, request, "unknown_provider",
        "The named provider is unknown or not configured; the message lists the configured ones."},
    ErrorRow{provider_refused_file, "PROVIDER_REFUSED_FILE", 422, request, "provider_refused_file",
             "The provider examined the file and refused it; trying again will not help."},
    ErrorRow{delivery_timeout, "DELIVERY_TIMEOUT", 504, "provider_error", "delivery_timeout",
             "The delivery did not finish before its deadline; the file is kept."},
    ErrorRow{file_locked, "FILE_LOCKED", 423, request, "file_locked",
             "Another operation holds the file."},
    ErrorRow{lock_timeout, "LOCK_TIMEOUT", 408, server, "lock_timeout",
             "Waiting for another operation on the same file took too long."},
    ErrorRow{concurrent_upload, "CONCURRENT_UPLOAD", 409, request, "concurrent_upload",
             "Another upload of the same resource is running."},
    ErrorRow{storage_error, "STORAGE_ERROR", 500, server, "storage_error",
             "The blob store failed."},
    ErrorRow{supabase_error, "SUPABASE_ERROR", 502, server, "supabase_error",
             "Supabase answered with an error."},
    ErrorRow{database_error, "DATABASE_ERROR", 500, server, "database_error",
             "The catalog failed or is locked by another program."},
    ErrorRow{store_full, "STORE_FULL", 507, server, "store_full",
             "The disk that holds the blobs or the catalog is full."},
    ErrorRow{store_in_use, "STORE_IN_USE", 500, server, "store_in_use",
             "The data folder is in use by another Filegate process."},
    ErrorRow{catalog_corrupt, "CATALOG_CORRUPT", 500, server, "catalog_corrupt",
             "The catalog's file is damaged or is not a Filegate catalog."},
    ErrorRow{unexpected_error, "UNEXPECTED_ERROR", 500, server, "unexpected_error",
             "A bug or an unforeseen condition; the log has the request id."},
    ErrorRow{configuration_error, "CONFIGURATION_ERROR", 500, server, "configuration_error",
             "The configuration is unusable; the message names key, file and line."},
    ErrorRow{network_error, "NETWORK_ERROR", 502, server, "network_error", "A connection failed."},
    ErrorRow{overloaded, "OVERLOADED", 503, server, "overloaded",
             "The gateway is at its limit or is shutting down; try again shortly."},
    ErrorRow{address_in_use, "ADDRESS_IN_USE", 500, server, "address_in_use",
             "Another program listens on the configured address."},
    ErrorRow{scanner_unavailable, "SCANNER_UNAVAILABLE", 503, server, "scanner_unavailable",
             "The malware scanner gave no answer; try again shortly."},
};

static_assert(std::ranges::is_sorted(rows, {}, &ErrorRow::code));

}  // namespace

std::span<ErrorRow const> error_table() {
    return rows;
}

ErrorRow const& error_row(ErrorCode code) {
    auto const row = std::ranges::lower_bound(rows, code, {}, &ErrorRow::code);
    FG_CHECK(row != rows.end() && row->code == code, "every error code has a row");
    return *row;
}

ErrorCategory category(ErrorCode code) {
    return static_cast<ErrorCategory>(static_cast<unsigned>(code) / 1000);
}

}  // namespace filegate
