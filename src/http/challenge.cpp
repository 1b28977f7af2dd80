#include "http/challenge.hpp"

#include <fmt/format.h>

namespace filegate::http {
namespace {

constexpr std::size_t host_bytes_max = 300;
constexpr std::string_view metadata_path = "/.well-known/oauth-protected-resource";

// It goes back to the client within quotes: nothing but what a host and a port are made of.
bool is_host(std::string_view text) {
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    };
    return !text.empty() && text.size() <= host_bytes_max && std::ranges::all_of(text, is_plain);
}

bool is_this_machine(std::string_view host) {
    return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

bool asks_for_a_token(ErrorCode code) {
    return code == ErrorCode::unauthorized || code == ErrorCode::invalid_token ||
           code == ErrorCode::token_expired;
}

}  // namespace

std::optional<std::string> base_url(net::ServerRequest const& request, bool is_https) {
    auto const host = request.headers.find("Host").value_or("");
    if (!is_host(host)) return std::nullopt;
    // Beyond this machine a token belongs behind TLS, and a resource's name begins with https
    // (RFC 9728 section 2), whoever undoes the encryption.
    auto const is_plain = !is_https && is_this_machine(host);
    return fmt::format("{}://{}", is_plain ? "http" : "https", host);
}

void add_challenge(net::ServerResponse& refusal, Error const& error,
                   net::ServerRequest const& request, Asked asked) {
    auto const& needed = asked.needed;
    auto const is_scope_missing = error.code == ErrorCode::permission_denied && needed;
    if (!asks_for_a_token(error.code) && !is_scope_missing) return;
    std::vector<std::string> parameters;
    if (auto const base = base_url(request, asked.is_https)) {
        parameters.push_back(fmt::format(R"(resource_metadata="{}{}")", *base, metadata_path));
    }
    if (needed) parameters.push_back(fmt::format(R"(scope="{}")", access::scope_word(*needed)));
    if (is_scope_missing) {
        parameters.emplace_back(R"(error="insufficient_scope")");
    } else if (request.headers.find("Authorization")) {
        parameters.emplace_back(R"(error="invalid_token")");
    }
    std::string challenge = "Bearer";
    for (auto const& parameter : parameters)
        challenge += (challenge.ends_with('"') ? ", " : " ") + parameter;
    refusal.headers.set("WWW-Authenticate", std::move(challenge));
}

}  // namespace filegate::http
