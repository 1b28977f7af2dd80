#include "access/rate_gate.hpp"

#include <fmt/format.h>

#include "net/client_group.hpp"

namespace filegate::access {
namespace {

using coordination::Metered;
using coordination::nanoseconds;
using coordination::Rate;
using coordination::RateKey;
using coordination::Whom;

RateKey address_key(Arrival const& arrival, Metered what) {
    return {.door = std::string(arrival.door),
            .whom = Whom::address,
            .name = net::client_group(arrival.peer_address),
            .what = what};
}

RateKey principal_key(PrincipalId const& principal, Arrival const& arrival, Metered what) {
    return {.door = std::string(arrival.door),
            .whom = Whom::principal,
            .name = principal.text(),
            .what = what};
}

// Rounded up: a second less would be one refusal more.
Result<void> verdict(nanoseconds wait, std::string_view what) {
    if (wait <= nanoseconds(0)) return {};
    auto const wait_s = std::chrono::ceil<seconds>(wait).count();
    Error error{.code = ErrorCode::rate_limited,
                .message = fmt::format("{}; try again in {} s", what, wait_s)};
    error.retry_after_s = static_cast<int>(wait_s);
    return fail(std::move(error));
}

}  // namespace

Task<Result<void>> RateGate::pass_address(Arrival arrival) {
    auto const failures =
        co_await limits_.look(address_key(arrival, Metered::failed_logins), failed_logins());
    CO_TRY(verdict(failures, fmt::format("logins from this address failed more than {} times a "
                                         "minute",
                                         options_.failed_logins_per_minute)));
    auto const requests =
        co_await limits_.take(address_key(arrival, Metered::requests),
                              per_second(options_.address_requests_per_second), 1);
    CO_TRY(verdict(requests, fmt::format("more than {} requests a second come from this address",
                                         options_.address_requests_per_second)));
    if (!arrival.has_body || options_.address_requests_per_second == 0) co_return {};
    auto const bytes = co_await limits_.look(address_key(arrival, Metered::bytes),
                                             per_second(options_.upload_bytes_per_second));
    co_return verdict(bytes, fmt::format("more than {} bytes a second come from this address",
                                         options_.upload_bytes_per_second));
}

Task<Result<void>> RateGate::pass_principal(PrincipalId principal, Arrival arrival) {
    auto const requests =
        co_await limits_.take(principal_key(principal, arrival, Metered::requests),
                              per_second(options_.requests_per_second), 1);
    CO_TRY(verdict(requests, fmt::format("more than {} requests a second with this token",
                                         options_.requests_per_second)));
    if (!arrival.has_body) co_return {};
    auto const bytes = co_await limits_.look(principal_key(principal, arrival, Metered::bytes),
                                             per_second(options_.upload_bytes_per_second));
    co_return verdict(bytes, fmt::format("more than {} bytes a second with this token",
                                         options_.upload_bytes_per_second));
}

void RateGate::note_failed_login(Arrival const& arrival) noexcept {
    limits_.charge(address_key(arrival, Metered::failed_logins), failed_logins(), 1);
}

void RateGate::note_bytes(PrincipalId const& principal, Arrival const& arrival,
                          std::uint64_t bytes) noexcept {
    auto const rate = per_second(options_.upload_bytes_per_second);
    limits_.charge(principal_key(principal, arrival, Metered::bytes), rate, bytes);
    // Without a limit on addresses a proxy's is everybody's.
    if (options_.address_requests_per_second == 0) return;
    limits_.charge(address_key(arrival, Metered::bytes), rate, bytes);
}

Rate RateGate::per_second(std::uint64_t units) const {
    auto const burst_s = static_cast<std::uint64_t>(options_.burst.count());
    return {
        .units = units, .per = seconds(1), .burst = std::max<std::uint64_t>(1, units * burst_s)};
}

// A minute's worth may fail at once, as people mistype.
Rate RateGate::failed_logins() const {
    auto const a_minute = options_.failed_logins_per_minute;
    return {.units = a_minute, .per = std::chrono::minutes(1), .burst = a_minute};
}

}  // namespace filegate::access
