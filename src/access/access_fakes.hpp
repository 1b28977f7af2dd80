#pragma once
// For tests: principals that authenticate() does not make.

#include "access/principal.hpp"

namespace filegate::access {

class PrincipalFake {
public:
    static Principal named(std::string id,
                           Scopes scopes = {Scope::files_read, Scope::files_write}) {
        return Principal(PrincipalId(std::move(id)), scopes);
    }
    static Principal local() { return named("local", Scopes::all()); }
};

}  // namespace filegate::access
