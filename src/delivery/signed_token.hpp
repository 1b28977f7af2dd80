#pragma once
// GLM's signed token: a JWT made from an `id.secret` key, with times in milliseconds
// (docs/providers.md 3.2). Not a JWT of RFC 7519, whose times are seconds.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/account.hpp"

namespace filegate::delivery {

// None: the key is not `id.secret`, so it can only be sent as it is.
std::optional<std::string> sign_token(std::string_view key, WallTime now);

bool can_be_signed(Account const& account);

// One token per account, used for up to 180 of its 210 seconds. Any thread.
class SignedTokens {
public:
    explicit SignedTokens(Clock const& clock) : clock_(clock) {}

    std::optional<std::string> token_of(Account const& account);

    // The provider refused `token`. Answers whether another may fare better: there is a newer one
    // already, it had aged, or `provider_now` (its Date header) shows that its clock is not ours,
    // in which case tokens are dated by the provider's clock from here on.
    bool renew(Account const& account, std::string const& token,
               std::optional<WallTime> provider_now);

private:
    struct Entry {
        std::string token;
        MonotonicTime signed_at{};
        milliseconds clock_difference{0};  // the provider's minus ours
    };
    using Key = std::pair<std::string, std::string>;  // provider, account

    Clock const& clock_;
    std::mutex mutex_;
    std::map<Key, Entry> entries_;
};

}  // namespace filegate::delivery
