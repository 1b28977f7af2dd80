#include "catalog/quota_book.hpp"

#include <algorithm>

namespace filegate::catalog {

std::uint64_t left_bytes(QuotaRecord const& quota, std::uint64_t default_limit_bytes) {
    auto const limit = quota.limit_bytes.value_or(default_limit_bytes);
    auto const taken = quota.used_bytes + quota.reserved_bytes;
    return limit - std::min(limit, taken);
}

Result<std::uint64_t> bytes_to_reserve(QuotaRecord const& quota, QuotaAsk const& ask) {
    auto const left = left_bytes(quota, ask.default_limit_bytes);
    if (left >= ask.bytes_least && left > 0) return std::min(left, ask.bytes_most);
    return fail(
        ErrorCode::quota_exceeded,
        fmt::format("this upload has at least {} bytes, and of the quota of {} bytes {} are used "
                    "by {} files and {} reserved for uploads under way, which leaves {}; delete "
                    "files, wait for those uploads, or ask an operator for more (filegate quota "
                    "set)",
                    ask.bytes_least, quota.limit_bytes.value_or(ask.default_limit_bytes),
                    quota.used_bytes, quota.file_count, quota.reserved_bytes, left));
}

Error reservation_does_not_cover(std::uint64_t bytes) {
    return {.code = ErrorCode::quota_exceeded,
            .message = fmt::format("the quota reserved for this upload has lapsed or is smaller "
                                   "than its {} bytes; upload the file again",
                                   bytes)};
}

}  // namespace filegate::catalog
