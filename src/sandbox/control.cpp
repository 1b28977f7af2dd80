#include "sandbox/control.hpp"

#include <boost/json.hpp>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

// What parse_fault_list() takes back.
json::object fault_object(Fault const& fault) {
    json::object object{{"provider", fault.provider},
                        {"route", fault.route},
                        {"kind", fault_kind_name(fault.kind)},
                        {"rate", fault.rate}};
    if (fault.kind == FaultKind::status) object["status"] = fault.status;
    if (fault.kind == FaultKind::latency) object["ms"] = fault.ms;
    return object;
}

}  // namespace

json::object faults_object(std::span<Fault const> faults) {
    json::array list;
    for (auto const& fault : faults)
        list.push_back(fault_object(fault));
    return {{"faults", std::move(list)}};
}

net::ServerResponse control_error(Error const& error) {
    auto const& row = error_row(error.code);
    return json_response(row.http_status, {{"error",
                                            {{"message", error.message},
                                             {"type", row.openai_type},
                                             {"param", nullptr},
                                             {"code", row.openai_code}}}});
}

}  // namespace filegate::sandbox
