#pragma once
// What a caller may do, told before it is refused.

#include "access/access.hpp"

namespace filegate::gateway {

struct ProviderPurposes {
    ProviderName provider;
    std::vector<Purpose> purposes;  // when the provider is named
    Purpose default_purpose;
};

struct LimitsReport {
    std::uint64_t file_bytes_max = 0;
    std::optional<access::QuotaView> quota;    // none: not kept
    std::optional<access::RateOptions> rates;  // none: nobody is slowed
    std::vector<Purpose> purposes;             // when no provider is named
    std::vector<ProviderPurposes> providers;   // of the configured accounts, best first
};

}  // namespace filegate::gateway
