#include "sandbox/control.hpp"

#include <boost/json.hpp>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

// What parse_fault_list() takes back.
json::object fault_object(Fault const& fault) {
    auto const& kind = fault_kind(fault.kind);
    json::object object{{"provider", fault.provider},
                        {"route", fault.route},
                        {"kind", kind.name},
                        {"rate", fault.rate}};
    if (fault.transport) {
        object["transport"] = transport_names[static_cast<std::size_t>(*fault.transport)];
    }
    if (kind.status != Takes::no) object["status"] = fault.status;
    if (!fault.type.empty()) object["type"] = fault.type;
    if (!fault.code.empty()) object["code"] = fault.code;
    if (!fault.purpose.empty()) object["purpose"] = fault.purpose;
    if (kind.ms != Takes::no) object["ms"] = fault.ms.count();
    if (fault.from > milliseconds(0)) object["from_ms"] = fault.from.count();
    if (fault.until) object["until_ms"] = fault.until->count();
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
