#pragma once
// A fault as somebody wrote it, each setting there or not, before it is known to make sense.

#include "sandbox/faults.hpp"

namespace filegate::sandbox {

struct RawFault {
    std::optional<std::string> provider;  // or PROVIDER/TRANSPORT
    std::optional<std::string> transport;
    std::optional<std::string> route;
    std::optional<std::string> kind;
    std::optional<std::string> type;
    std::optional<std::string> code;
    std::optional<std::string> purpose;
    std::optional<double> status;
    std::optional<double> ms;
    std::optional<double> rate;
    std::optional<double> from_ms;
    std::optional<double> until_ms;
};

Result<Fault> check_fault(RawFault const& raw);

}  // namespace filegate::sandbox
