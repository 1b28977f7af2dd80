#include "access/access.hpp"

#include <fmt/format.h>

#include "access/bearer.hpp"

namespace filegate::access {
namespace {

constexpr std::string_view local = "local";

}  // namespace

Access::Access(AccessOptions options, AccessParts parts) : options_(options), parts_(parts) {
    if (parts.rate_limits != nullptr) rate_gate_.emplace(options.rates, *parts.rate_limits);
}

Task<Result<Principal>> Access::authenticate(Credentials credentials) {
    if (!has_authentication()) {
        // The listener is on loopback, and whoever reaches it is the operator. Clients such as the
        // OpenAI SDK always send some key; it says nothing here.
        co_return Principal(PrincipalId(std::string(local)), Scopes::all());
    }
    if (credentials.is_ambiguous) {
        co_return fail(ErrorCode::validation_failed,
                       "several Authorization headers were sent; send one");
    }
    if (!credentials.authorization) {
        co_return fail(ErrorCode::unauthorized,
                       "this call needs a token: send Authorization: Bearer TOKEN");
    }
    CO_TRY(auto const text, bearer_token(*credentials.authorization));
    CO_TRY(auto token,
           co_await parts_.tokens->verify(std::string(text), std::move(credentials.peer_address)));
    co_return Principal(std::move(token.subject), token.scopes);
}

Principal Access::anonymous() {
    return Principal(PrincipalId(), Scopes());
}

Result<void> Access::check_scope(Principal const& caller, Scope needed) {
    if (caller.may(needed)) return {};
    return fail(ErrorCode::permission_denied,
                fmt::format("this call needs the scope '{}' and the token has '{}'; ask for a "
                            "token with that scope",
                            scope_word(needed), words(caller.scopes())));
}

Task<Result<void>> Access::check_address(Arrival arrival) {
    if (!limits_rates()) co_return {};
    co_return co_await rate_gate_->pass_address(std::move(arrival));
}

Task<Result<void>> Access::enter(Credentials credentials, Arrival arrival, Scope needed,
                                 std::optional<Principal>& caller) {
    auto known = co_await authenticate(std::move(credentials));
    if (!known) note_refused_login(arrival, known.error());
    CO_TRY(known);
    caller = std::move(*known).seen_at(arrival);
    CO_TRY(co_await check_rate(*caller, std::move(arrival)));
    co_return check_scope(*caller, needed);
}

Task<Result<void>> Access::check_rate(Principal const& caller, Arrival arrival) {
    if (!limits_rates()) co_return {};
    co_return co_await rate_gate_->pass_principal(caller.id(), std::move(arrival));
}

// A request without a token guesses nothing, and a verifier that is out of order is nobody's fault.
void Access::note_refused_login(Arrival const& arrival, Error const& error) noexcept {
    // One that has expired was signed by us: its client is late, and guesses nothing.
    bool const is_guess = error.code == ErrorCode::invalid_token;
    if (limits_rates() && is_guess) rate_gate_->note_failed_login(arrival);
}

void Access::note_received(Principal const& caller, Arrival const& arrival,
                           std::uint64_t bytes) noexcept {
    if (limits_rates()) rate_gate_->note_bytes(caller.id(), arrival, bytes);
}

Task<Result<UploadGrant>> Access::admit(Principal const& caller, DeclaredSize declared) {
    auto const bytes_max = options_.file_bytes_max;
    if (auto refusal = size_refusal(bytes_max, declared)) co_return fail(std::move(*refusal));
    CO_TRY(auto place, place_of_upload(caller));
    if (parts_.ledger == nullptr) {
        UploadGrant grant(bytes_max);
        grant.place_ = std::move(place);
        co_return grant;
    }
    QuotaWish wish{.owner = caller.id(),
                   .bytes_least = std::max<std::uint64_t>(1, declared.at_least),
                   .bytes_most = std::min(bytes_max, declared.at_most.value_or(bytes_max))};
    auto const bytes_wanted = wish.bytes_most;
    CO_TRY(auto reservation, co_await parts_.ledger->reserve(std::move(wish)));
    UploadGrant grant(bytes_wanted, *parts_.ledger, std::move(reservation));
    grant.place_ = std::move(place);
    co_return grant;
}

// Each upload under way holds memory for its bytes, however slowly they come.
Result<std::optional<PlaceCounts::Place>> Access::place_of_upload(Principal const& caller) {
    auto const most = options_.rates.uploads_at_once;
    if (!limits_rates() || most == 0) return std::nullopt;
    auto place = uploads_.take(caller.id().text(), most);
    if (place) return place;
    Error error{.code = ErrorCode::rate_limited,
                .message = fmt::format("{} of your uploads are under way already, the most at "
                                       "once; wait for one of them to end",
                                       most)};
    error.retry_after_s = 1;
    return fail(std::move(error));
}

Task<Result<std::optional<QuotaView>>> Access::quota(Principal const& caller) {
    if (parts_.ledger == nullptr) co_return std::nullopt;
    CO_TRY(auto const view, co_await parts_.ledger->view(caller.id()));
    co_return view;
}

std::optional<Error> size_refusal(std::uint64_t bytes_max, DeclaredSize declared) {
    if (declared.at_most == 0) {
        return Error{.code = ErrorCode::validation_failed,
                     .message = "the file is empty; send at least one byte",
                     .param = "file"};
    }
    if (declared.at_least <= bytes_max) return std::nullopt;
    return Error{.code = ErrorCode::file_too_large,
                 .message = fmt::format("the file has at least {} bytes and the gateway takes at "
                                        "most {}; send a smaller file or raise the limit",
                                        declared.at_least, bytes_max),
                 .param = "file"};
}

}  // namespace filegate::access
