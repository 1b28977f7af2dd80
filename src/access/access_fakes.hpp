#pragma once
// For tests: principals that authenticate() does not make.

#include "access/principal.hpp"

namespace filegate::access {

class PrincipalFake {
public:
    static Principal named(std::string id) { return Principal(PrincipalId(std::move(id))); }
};

}  // namespace filegate::access
