#pragma once
// What faults make of an answer that is already there.

#include "base/clock.hpp"
#include "net/http_message.hpp"

namespace filegate::sandbox {

// These three leave a refusal, and what is no JSON, as it is.
void halve_json(net::ServerResponse& response);
void empty_json(net::ServerResponse& response);
void leave_out_id(net::ServerResponse& response);

void drip(net::ServerResponse& response, milliseconds total);
void announce_more(net::ServerResponse& response);  // after drip(): than it holds

}  // namespace filegate::sandbox
