#include "delivery/provider_failure.hpp"

#include <charconv>

#include "delivery/provider_json.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;
using contracts::FailureRule;

constexpr std::size_t message_bytes_max = 300;
constexpr std::size_t word_bytes_max = 100;
constexpr std::size_t body_start_bytes_max = 200;
constexpr std::size_t understood_body_bytes_max = 256 * 1024;
constexpr seconds retry_after_max = std::chrono::days(1);

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    return part.empty() || !std::ranges::search(text, part, {}, lower, lower).empty();
}

bool matches(FailureRule const& rule, int status, ErrorBody const& body) {
    return (!rule.status || *rule.status == status) &&
           (rule.type.empty() || rule.type == body.type) &&
           (rule.code.empty() || rule.code == body.code) &&
           contains_ignoring_case(body.message, rule.message_contains);
}

// What a status means where the contract's table says nothing (SPEC section 5).
FailureKind kind_of_status(int status) {
    if (status == 401 || status == 403) return FailureKind::authentication;
    if (status == 404) return FailureKind::not_found;
    if (status == 408) return FailureKind::server;
    if (status == 429) return FailureKind::rate;
    // A gateway gave up on the server behind it, which may have kept the file all the same.
    constexpr std::array servers_own{500, 501, 503, 505, 529};
    auto const is_own = std::ranges::find(servers_own, status) != servers_own.end();
    if (status >= 500) return is_own ? FailureKind::server : FailureKind::ambiguous;
    if (status >= 400) return FailureKind::refused_file;
    // We follow no redirect: the base URL is wrong, which another provider is not touched by.
    return FailureKind::not_found;
}

FailureKind kind_of(contracts::Contract const& contract, int status, ErrorBody const& body) {
    for (auto const& rule : contract.failures) {
        if (matches(rule, status, body)) return rule.kind;
    }
    return kind_of_status(status);
}

std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t count) {
    int value = 0;
    auto const part = text.substr(from, count);
    auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    return value;
}

// IMF-fixdate of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT". The obsolete forms are not read.
std::optional<WallTime> read_http_date(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return {};
    auto const month_at = months.find(text.substr(8, 3));
    auto const day = number_at(text, 5, 2);
    auto const year = number_at(text, 12, 4);
    auto const hour = number_at(text, 17, 2);
    auto const minute = number_at(text, 20, 2);
    auto const second = number_at(text, 23, 2);
    if (month_at == std::string_view::npos || month_at % 3 != 0) return {};
    if (!day || !year || !hour || !minute || !second) return {};
    std::chrono::year_month_day const date{
        std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month_at / 3 + 1)),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return {};
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + seconds(*second);
}

// Seconds or a date; never negative, never above a day. What cannot be read is not there.
std::optional<seconds> read_retry_after(net::Headers const& headers, WallTime now) {
    auto const text = headers.find("retry-after");
    if (!text || text->empty()) return {};
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (std::ranges::all_of(*text, is_digit)) {
        if (text->size() > 6) return retry_after_max;
        return std::min(retry_after_max, seconds(number_at(*text, 0, text->size()).value_or(0)));
    }
    auto const date = read_http_date(*text);
    if (!date) return {};
    return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds(0), retry_after_max);
}

std::string read_request_id(net::Headers const& headers) {
    for (auto const* const name : {"x-request-id", "msh-request-id"}) {
        if (auto const id = headers.find(name)) return cleaned_text(*id, word_bytes_max);
    }
    return {};
}

}  // namespace

std::optional<WallTime> read_date(net::Headers const& headers) {
    auto const text = headers.find("date");
    return text ? read_http_date(*text) : std::nullopt;
}

ProviderFailure understand_answer(contracts::Contract const& contract,
                                  net::ClientResponse const& answer, WallTime now) {
    std::optional<ErrorBody> body;
    if (answer.body.size() <= understood_body_bytes_max) body = read_error_body(answer.body);
    ProviderFailure failure{.status = answer.status};
    failure.kind = kind_of(contract, answer.status, body.value_or(ErrorBody()));
    failure.request_id = read_request_id(answer.headers);
    failure.retry_after = read_retry_after(answer.headers, now);
    failure.provider_now = read_date(answer.headers);
    if (body) {
        failure.type = cleaned_text(body->type, word_bytes_max);
        failure.code = cleaned_text(body->code, word_bytes_max);
        failure.message = cleaned_text(body->message, message_bytes_max);
    } else {
        failure.body_start = cleaned_text(answer.body, body_start_bytes_max);
    }
    return failure;
}

ProviderFailure understand_transport(net::TransportFailure const& failure) {
    using enum net::TransportFailure::Stage;
    auto const is_answer_lost = failure.stage == awaiting_answer || failure.stage == receiving;
    return {.kind = is_answer_lost ? FailureKind::ambiguous : FailureKind::network,
            .message = cleaned_text(failure.message, message_bytes_max),
            .is_timeout = failure.is_timeout,
            .is_own = failure.stage == reading_body};
}

}  // namespace filegate::delivery
