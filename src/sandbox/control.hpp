#pragma once
// The sandbox's own words, outside every provider: how it tells its faults and its errors.

#include <boost/json/object.hpp>

#include "net/http_message.hpp"
#include "sandbox/faults.hpp"

namespace filegate::sandbox {

boost::json::object faults_object(std::span<Fault const> faults);  // {"faults":[...]}
net::ServerResponse control_error(Error const& error);

}  // namespace filegate::sandbox
