#include "app/descriptor_limit.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace filegate::app {
namespace {

// For the catalog, listeners, loops, background deliveries and their connections.
constexpr std::size_t reserved_descriptors = 256;

}  // namespace

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        auto const raised = rlimit{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

std::size_t connections_carried(std::size_t descriptors, Scanned scanned) {
    auto const free = descriptors - std::min(descriptors, reserved_descriptors);
    return std::max<std::size_t>(free / (scanned == Scanned::yes ? 3 : 2), 16);
}

}  // namespace filegate::app
