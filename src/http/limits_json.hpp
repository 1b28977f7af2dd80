#pragma once
// Limits and quotas as JSON and headers. Sizes are bytes.

#include "gateway/gateway.hpp"
#include "gateway/operations.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

net::ServerResponse limits_answer(gateway::LimitsReport const& report);
net::ServerResponse quotas_answer(gateway::QuotaPage const& page);
net::ServerResponse quota_answer(gateway::PrincipalQuota const& quota);

// X-Filegate-Quota-Limit, -Used, -Left.
void add_quota_headers(net::Headers& headers, access::QuotaView const& quota);

// The body of PUT /v1/admin/quotas/{principal}: {"limit_bytes": 1000}, or null for the default.
Result<std::optional<std::uint64_t>> parse_quota_limit(std::string_view json);

}  // namespace filegate::http
