#pragma once
// Which keys the sandbox takes: any, but the ones that let a caller provoke a refusal, and GLM's
// signed tokens only when they are right.
//
//   Bearer bad...         the provider's 401
//   Bearer exhausted...   the provider's 429 of an account without money
//   Bearer a.b.c          at GLM a signed token, read as strictly as the provider describes it. Its
//                         key is bad... or exhausted... when its api_key begins so.
//
// Nobody gave the sandbox a secret: that of a key id is what the last raw key `id.secret` showed.
// Until one came, any signature of the right length passes.

#include <map>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

// What follows "Bearer"; empty without it.
std::string_view bearer_key(net::Headers const& headers);

// Not thread-safe: the sandbox keeps it under its lock.
class Credentials {
public:
    // None: they are good. `now` is the provider's clock.
    std::optional<Complaint> check(net::Headers const& headers, contracts::IdShape shape,
                                   WallTime now);

private:
    std::optional<Complaint> check_token(std::string_view key, WallTime now) const;
    void learn(std::string_view key);

    std::map<std::string, std::string, std::less<>> secrets_;  // by key id
};

}  // namespace filegate::sandbox
