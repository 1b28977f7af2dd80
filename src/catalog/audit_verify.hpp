#pragma once
// Walks the whole audit trail and says whether its chain holds.

#include "catalog/audit_book.hpp"

namespace filegate::catalog {

struct AuditVerdict {
    std::optional<ChainBreak> broken;  // none: the chain holds
    std::uint64_t rows = 0;            // that were looked at
    AuditBounds bounds;                // at the end of the walk
};

// Page by page, so that nobody waits for it; rows that come meanwhile are looked at, too. `noted`
// is a head that was noted elsewhere and must still be in the trail, unless retention took it.
Task<Result<AuditVerdict>> verify_audit(AuditBook& book, std::optional<ChainLink> noted = {});

}  // namespace filegate::catalog
