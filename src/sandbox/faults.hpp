#pragma once
// Faults on request: which provider and route, how often, and what goes wrong.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace filegate::sandbox {

enum class FaultKind : std::uint8_t {
    status,            // answers `status` with the provider's real body for it
    latency,           // answers after `ms`; whatever was asked for has been done before
    reset_after_body,  // reads the whole body, commits nothing, cuts the connection
    lost_answer,       // reads, commits, cuts the connection
};

struct Fault {
    std::string provider = "*";
    std::string route = "*";  // upload, list, retrieve, content, delete
    FaultKind kind = FaultKind::status;
    int status = 503;
    int ms = 0;
    double rate = 1.0;  // of matching requests

    friend bool operator==(Fault const&, Fault const&) = default;
};

// "kimi:upload:status=503:rate=0.2", "*:*:latency:ms=250", "glm:upload:lost_answer"
Result<Fault> parse_fault_flag(std::string_view flag);
// A JSON array of objects, or a single object, as POST /_sandbox/faults takes it.
Result<std::vector<Fault>> parse_fault_list(std::string_view json);

// Refuses a fault for a provider that is not imitated, which would never strike.
Result<void> check_fault_providers(std::span<Fault const> faults,
                                   std::span<std::string const> providers);

std::string_view fault_kind_name(FaultKind kind);

}  // namespace filegate::sandbox
