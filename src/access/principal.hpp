#pragma once
// Who is calling: a value that only access/ can make, so that no gateway call can be made without
// it.

#include <optional>

#include "base/ids.hpp"

namespace filegate::access {

// What a token allows. `admin` allows everything, on everybody's files.
enum class Scope : std::uint8_t { files_read, files_write, files_query, admin };

std::string_view scope_word(Scope scope);  // files:read, as tokens say it
std::optional<Scope> scope_of_word(std::string_view word);

class Scopes {
public:
    constexpr Scopes() = default;
    constexpr Scopes(std::initializer_list<Scope> scopes) {
        for (auto const scope : scopes)
            add(scope);
    }
    static constexpr Scopes all() { return {Scope::admin}; }

    constexpr void add(Scope scope) { bits_ |= bit(scope); }
    constexpr void add(Scopes const& others) { bits_ |= others.bits_; }
    constexpr bool has(Scope scope) const {
        return (bits_ & (bit(scope) | bit(Scope::admin))) != 0;
    }
    constexpr bool is_empty() const { return bits_ == 0; }
    friend constexpr bool operator==(Scopes const&, Scopes const&) = default;

private:
    static constexpr unsigned bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }
    unsigned bits_ = 0;
};

std::string words(Scopes const& scopes);  // "files:read files:write"

// Where a request came in. It decides nothing but how much more may come from there.
struct Arrival {
    std::string door;  // http
    std::string peer_address;
    RequestId request;
    bool has_body = false;
};

class Principal {
public:
    PrincipalId const& id() const { return id_; }
    bool may(Scope scope) const { return scopes_.has(scope); }
    bool is_admin() const { return may(Scope::admin); }  // sees what belongs to others
    Scopes const& scopes() const { return scopes_; }

    Arrival const& arrival() const { return arrival_; }
    Principal seen_at(Arrival arrival) && {
        arrival_ = std::move(arrival);
        return std::move(*this);
    }

private:
    friend class Access;
    friend class PrincipalFake;  // access_fakes.hpp: others, for tests
    Principal(PrincipalId id, Scopes scopes) : id_(std::move(id)), scopes_(scopes) {}
    PrincipalId id_;
    Scopes scopes_;
    Arrival arrival_;
};

}  // namespace filegate::access
