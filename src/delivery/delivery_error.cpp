#include "delivery/delivery_error.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;

std::string times(int attempts) {
    return attempts == 1 ? "1 attempt" : fmt::format("{} attempts", attempts);
}

std::string reason_of(ProviderFailure const& failure) {
    auto const words = failure.message.empty() ? "no readable reason" : failure.message;
    return failure.status == 0 ? words : fmt::format("HTTP {}: {}", failure.status, words);
}

std::string detail_of(ProviderFailure const& failure) {
    return fmt::format("kind={} status={} type={} code={} request_id={} body_start={}",
                       contracts::name_of(failure.kind), failure.status, failure.type, failure.code,
                       failure.request_id, failure.body_start);
}

ErrorCode code_of(ProviderFailure const& failure) {
    if (failure.is_own) return ErrorCode::storage_error;
    if (failure.is_timeout) return ErrorCode::delivery_timeout;
    switch (failure.kind) {
        case FailureKind::refused_file:
            return ErrorCode::provider_refused_file;
        case FailureKind::refused_purpose:
            return ErrorCode::invalid_purpose;
        case FailureKind::authentication:
        case FailureKind::not_found:
            return ErrorCode::provider_error;
        case FailureKind::account_exhausted:
        case FailureKind::rate:
        case FailureKind::network:
            return ErrorCode::provider_unavailable;
        case FailureKind::server:
        case FailureKind::ambiguous:
            return ErrorCode::upload_failed;
    }
    return ErrorCode::upload_failed;
}

// What happened, before the reason, and what to do about it, after it.
struct Frame {
    std::string before;
    std::string_view after;
};

Frame frame_of(ProviderFailure const& failure, Account const& account, int attempts) {
    auto const& provider = account.contract->name.text();
    if (failure.is_own) {
        return {"The stored file could not be read while it was sent to " + provider,
                "Deliver it again; the log has the details."};
    }
    switch (failure.kind) {
        case FailureKind::refused_file:
            return {provider + " refused the file", "Sending it again will not help."};
        case FailureKind::refused_purpose:
            return {provider + " refused every purpose tried", "Ask for another purpose."};
        case FailureKind::authentication:
            return {
                fmt::format("{} refused the key of account \"{}\"", provider, account.name.text()),
                "The operator must check that key and its rights."};
        case FailureKind::account_exhausted:
            return {fmt::format("Account \"{}\" at {} is exhausted", account.name.text(), provider),
                    "The operator must raise its limit or free space."};
        case FailureKind::not_found:
            return {provider + " does not know the address of its files",
                    "The operator must check its base_url."};
        case FailureKind::rate:
            return {fmt::format("{} is overloaded, after {}", provider, times(attempts)),
                    "Deliver the file again later."};
        case FailureKind::network:
            return {fmt::format("{} could not be reached, after {}", provider, times(attempts)),
                    "Deliver the file again later."};
        case FailureKind::server:
            return {fmt::format("{} failed, after {}", provider, times(attempts)),
                    "Deliver the file again later."};
        case FailureKind::ambiguous:
            return {fmt::format("The answer of {} was lost, after {}", provider, times(attempts)),
                    "Whether it has a copy is being looked into; deliver the file again later."};
    }
    return {};
}

}  // namespace

Error error_of(ProviderFailure const& failure, Account const& account, int attempts) {
    auto const frame = frame_of(failure, account, attempts);
    Error error{.code = code_of(failure)};
    error.message = fmt::format("{} ({}). {}", frame.before, reason_of(failure), frame.after);
    error.detail = detail_of(failure);
    error.provider = account.contract->name.text();
    if (failure.kind == FailureKind::refused_purpose) error.param = "purpose";
    if (failure.retry_after) error.retry_after_s = static_cast<int>(failure.retry_after->count());
    return error;
}

Error combined(std::vector<Error> errors) {
    if (errors.size() == 1) return std::move(errors.front());
    Error all{.code = ErrorCode::all_providers_unavailable};
    std::vector<std::string_view> messages;
    std::vector<std::string_view> details;
    for (auto const& error : errors) {
        messages.push_back(error.message);
        details.push_back(error.detail);
        all.provider = error.provider;
        if (!error.retry_after_s) continue;
        all.retry_after_s =
            std::min(all.retry_after_s.value_or(*error.retry_after_s), *error.retry_after_s);
    }
    all.message = fmt::format("No provider took the file: {}", fmt::join(messages, " "));
    all.detail = fmt::format("{}", fmt::join(details, "; "));
    return all;
}

Error delivery_timed_out(std::string const& provider) {
    return {.code = ErrorCode::delivery_timeout,
            .message =
                "The delivery did not finish before its deadline. The file is kept; deliver "
                "it again, or allow more time.",
            .provider = provider};
}

}  // namespace filegate::delivery
