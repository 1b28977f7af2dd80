#include <boost/json.hpp>

#include "base/check.hpp"
#include "sandbox/control.hpp"

namespace {

namespace sandbox = filegate::sandbox;

void check_bounds(sandbox::Fault const& fault) {
    auto const& kind = sandbox::fault_kind(fault.kind);
    FG_CHECK(fault.rate >= 0 && fault.rate <= 1, "a rate is a share");
    FG_CHECK(fault.status >= 400 && fault.status <= 599, "a status is a failure");
    FG_CHECK(fault.ms.count() == 0 ||
                 (fault.ms.count() >= kind.ms_min && fault.ms.count() <= kind.ms_max),
             "a time is bounded");
    FG_CHECK(fault.from.count() >= 0, "a fault begins when it is set, or later");
    FG_CHECK(!fault.until || *fault.until > fault.from, "a fault ends after it begins");
    FG_CHECK(!fault.provider.empty() && !fault.route.empty(), "names are not empty");
    FG_CHECK(kind.purpose != sandbox::Takes::must || !fault.purpose.empty(), "a purpose is named");
}

// What the sandbox tells of its faults is what one may set them by. A provider is a stranger's text
// until it is checked.
void check_round_trip(std::vector<sandbox::Fault> faults) {
    for (auto& fault : faults) {
        check_bounds(fault);
        fault.provider = "glm";
    }
    auto const told = boost::json::serialize(sandbox::faults_object(faults).at("faults"));
    auto const again = sandbox::parse_fault_list(told);
    FG_CHECK(again.has_value() && *again == faults, "told faults are read back");
    auto const names = std::vector<std::string>{"glm"};
    [[maybe_unused]] auto const checked = sandbox::check_fault_providers(faults, names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(bytes), size);
    if (auto const fault = sandbox::parse_fault_flag(text)) check_round_trip({*fault});
    if (auto const list = sandbox::parse_fault_list(text)) check_round_trip(*list);
    return 0;
}
