#include "sandbox/transport.hpp"

#include "net/header_parameters.hpp"
#include "sandbox/credentials.hpp"
#include "sandbox/signed_token.hpp"

namespace filegate::sandbox {

namespace {

// Connection is a list, and may come more than once (RFC 9110 section 7.6.1).
bool asks_to_close(net::Headers const& headers) {
    for (auto const& [name, value] : headers.list()) {
        if (net::ascii_lower(name) != "connection") continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            auto const comma = std::min(rest.find(','), rest.size());
            if (net::ascii_lower(net::trim_blanks(rest.substr(0, comma))) == "close") return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

}  // namespace

Transport transport_of(net::Headers const& headers) {
    if (has_token_shape(bearer_key(headers))) return Transport::native;
    return asks_to_close(headers) ? Transport::plain : Transport::openai;
}

}  // namespace filegate::sandbox
