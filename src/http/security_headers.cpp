#include "http/security_headers.hpp"

namespace filegate::http {
namespace {

// Nothing of ours is a page: no script, no frame, no other site's <img> or <script> element.
constexpr std::array careful = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
});

constexpr std::string_view one_year = "max-age=31536000";

void add_if_missing(net::Headers& headers, std::string_view name, std::string_view value) {
    if (!headers.find(name)) headers.add(std::string(name), std::string(value));
}

}  // namespace

void add_security_headers(net::Headers& headers, HostCheck const& hosts) {
    for (auto const& [name, value] : careful)
        add_if_missing(headers, name, value);
    if (hosts.is_https()) add_if_missing(headers, "Strict-Transport-Security", one_year);
}

void add_cors_headers(net::Headers& headers, std::string origin) {
    headers.set("Access-Control-Allow-Origin", std::move(origin));
    headers.add("Vary", "Origin");
    headers.add("Access-Control-Expose-Headers",
                "Content-Disposition, Content-Range, ETag, Location, Retry-After, X-Request-Id");
}

bool is_preflight(net::ServerRequest const& request) {
    return request.method == "OPTIONS" && request.headers.find("Origin") &&
           request.headers.find("Access-Control-Request-Method");
}

// The origin is allowed already, so whatever headers it asks for are: the token is one of them.
net::ServerResponse preflight_answer(net::ServerRequest const& request) {
    net::ServerResponse answer{.status = 204};
    answer.headers.add("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    if (auto const wanted = request.headers.find("Access-Control-Request-Headers")) {
        answer.headers.add("Access-Control-Allow-Headers", std::string(*wanted));
    }
    answer.headers.add("Access-Control-Max-Age", "600");
    return answer;
}

}  // namespace filegate::http
