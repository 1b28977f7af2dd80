#include "sandbox/faults.hpp"

#include <cstddef>
#include <cstdint>

#include "base/check.hpp"

namespace {

void check_bounds(filegate::sandbox::Fault const& fault) {
    FG_CHECK(fault.rate >= 0 && fault.rate <= 1, "a rate is a share");
    FG_CHECK(fault.status >= 400 && fault.status <= 599, "a status is a failure");
    FG_CHECK(fault.ms >= 0 && fault.ms <= 600'000, "a latency is bounded");
    FG_CHECK(!fault.provider.empty() && !fault.route.empty(), "names are not empty");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(bytes), size);
    if (auto const fault = filegate::sandbox::parse_fault_flag(text)) check_bounds(*fault);
    if (auto const list = filegate::sandbox::parse_fault_list(text)) {
        for (auto const& fault : *list)
            check_bounds(fault);
    }
    return 0;
}
