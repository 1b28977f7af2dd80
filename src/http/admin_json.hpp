#pragma once
// What operators ask and are answered, as JSON. Times are whole seconds since the epoch, or null.

#include "gateway/operations.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

net::ServerResponse breakers_answer(std::vector<coordination::BreakerView> const& views);
net::ServerResponse breaker_answer(coordination::BreakerView const& view);
net::ServerResponse locks_answer(gateway::LockReport const& report);
net::ServerResponse unlock_answer(std::string_view key, bool is_released);
net::ServerResponse recovery_answer(gateway::RecoveryReport const& report,
                                    gateway::RecoveryMode mode);
net::ServerResponse events_answer(std::vector<catalog::EventRecord> const& events);
net::ServerResponse audit_answer(catalog::AuditPage const& page);
net::ServerResponse verdict_answer(catalog::AuditVerdict const& verdict);

net::ServerResponse health_answer(gateway::HealthReport const& report);
// The same in short, for whoever starts and stops gateways: 503 when it is not ready.
net::ServerResponse readiness_answer(gateway::HealthReport const& report);
net::ServerResponse bare_readiness_answer(bool is_ready);

// The body of POST /v1/admin/breakers/{provider}/{transport}: {"state": "open"} or "closed".
Result<coordination::BreakerPhase> parse_breaker_state(std::string_view json);

}  // namespace filegate::http
