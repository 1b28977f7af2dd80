// TLS files, hosts and origins: what is wrong with them is told before anybody listens.

#include <fmt/format.h>

#include "config/loading.hpp"
#include "net/tls_identity.hpp"

namespace filegate::config {

void Loading::check_transport() {
    for (auto const& host : settings_.hosts.allowed_hosts) {
        if (auto const why = http::why_no_host(host)) {
            problem("server.allowed_hosts", fmt::format("names \"{}\", which {}", host, *why));
        }
    }
    for (auto const& origin : settings_.hosts.allowed_origins) {
        if (auto const why = http::why_no_origin(origin)) {
            problem("server.allowed_origins", fmt::format("names \"{}\", which {}", origin, *why));
        }
    }
    auto const& tls = settings_.tls;
    if (!tls.is_wanted()) return;
    if (tls.certificate.empty()) {
        problem("server.tls_key_file", "is set, but server.tls_certificate_file is not");
    } else if (tls.key.empty()) {
        problem("server.tls_certificate_file", "is set, but server.tls_key_file is not");
    } else if (auto const identity = net::TlsIdentity::load(tls); !identity) {
        server_problem("server.tls_certificate_file", "is unusable: " + identity.error().message);
    }
}

}  // namespace filegate::config
