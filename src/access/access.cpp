#include "access/access.hpp"

#include <fmt/format.h>

#include "access/bearer.hpp"

namespace filegate::access {
namespace {

constexpr std::string_view local = "local";

}  // namespace

Task<Result<Principal>> Access::authenticate(Credentials credentials) {
    if (!has_authentication()) {
        // The listener is on loopback, and whoever reaches it is the operator. Clients such as the
        // OpenAI SDK always send some key; it says nothing here.
        co_return Principal(PrincipalId(std::string(local)), Scopes::all(), std::nullopt);
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
    co_return Principal(std::move(token.subject), token.scopes, token.expires_at);
}

Principal Access::anonymous() {
    return Principal(PrincipalId(), Scopes(), std::nullopt);
}

Result<void> Access::check_scope(Principal const& caller, Scope needed) {
    if (caller.may(needed)) return {};
    return fail(ErrorCode::permission_denied,
                fmt::format("this call needs the scope '{}' and the token has '{}'; ask for a "
                            "token with that scope",
                            scope_word(needed), words(caller.scopes())));
}

Task<Result<UploadGrant>> Access::admit(Principal const&, DeclaredSize declared) {
    if (auto refusal = size_refusal(options_.file_bytes_max, declared)) {
        co_return fail(std::move(*refusal));
    }
    co_return UploadGrant(options_.file_bytes_max);
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
