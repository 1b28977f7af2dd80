#include "access/principal.hpp"

#include <array>

namespace filegate::access {
namespace {

constexpr std::array<std::string_view, 4> scope_words{"files:read", "files:write", "files:query",
                                                      "admin"};

}  // namespace

std::string_view scope_word(Scope scope) {
    return scope_words.at(static_cast<std::size_t>(scope));
}

std::optional<Scope> scope_of_word(std::string_view word) {
    for (std::size_t i = 0; i < scope_words.size(); ++i) {
        if (scope_words.at(i) == word) return static_cast<Scope>(i);
    }
    return std::nullopt;
}

std::string words(Scopes const& scopes) {
    if (scopes.has(Scope::admin)) return std::string(scope_word(Scope::admin));
    std::string all;
    for (auto const scope : {Scope::files_read, Scope::files_write, Scope::files_query}) {
        if (!scopes.has(scope)) continue;
        if (!all.empty()) all += ' ';
        all += scope_word(scope);
    }
    return all;
}

}  // namespace filegate::access
