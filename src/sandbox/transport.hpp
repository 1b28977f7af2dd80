#pragma once
// Which way a request came, as far as its headers tell: what a fault may be limited to, and what
// the sandbox counts by.

#include "net/http_message.hpp"

namespace filegate::sandbox {

enum class Transport : std::uint8_t {
    native,  // Authorization is a signed token of three parts, which GLM alone takes
    openai,  // the raw key, on a connection that is kept
    plain,   // the raw key, and the request says Connection: close
};

inline constexpr std::array<std::string_view, 3> transport_names{"native", "openai", "plain"};

Transport transport_of(net::Headers const& headers);

}  // namespace filegate::sandbox
