#include "access/bearer.hpp"

#include <algorithm>

namespace filegate::access {
namespace {

constexpr std::string_view scheme = "bearer";

bool is_bearer(std::string_view word) {
    return std::ranges::equal(word, scheme, [](char sent, char expected) {
        return (sent >= 'A' && sent <= 'Z' ? static_cast<char>(sent - 'A' + 'a') : sent) ==
               expected;
    });
}

// Visible ASCII without what separates one credential from the next. A shared token may have more
// characters than a JWT.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < '\x7f' && c != ',' && c != '"';
    });
}

}  // namespace

Result<std::string_view> bearer_token(std::string_view authorization) {
    auto const end = std::min(authorization.find(' '), authorization.size());
    if (!is_bearer(authorization.substr(0, end))) {
        return fail(ErrorCode::unauthorized,
                    "this gateway takes tokens only: send Authorization: Bearer TOKEN");
    }
    auto token = authorization.substr(end);
    while (token.starts_with(' '))
        token.remove_prefix(1);
    while (token.ends_with(' '))
        token.remove_suffix(1);
    if (!is_token(token)) {
        return fail(ErrorCode::invalid_token,
                    "the Authorization header has no token, or one with characters that no token "
                    "has; send Authorization: Bearer TOKEN");
    }
    return token;
}

}  // namespace filegate::access
