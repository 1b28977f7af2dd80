#pragma once
// Walks the whole audit trail and says whether its chain holds.

#include <filesystem>

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

// The same for a catalog's file that no gateway has open. Blocks. Changes nothing in it.
Result<AuditVerdict> verify_audit_file(std::filesystem::path const& file,
                                       std::optional<ChainLink> noted = {});

// The decisions of such a walk: ask for next(), give the page to take(), until there is a verdict.
class AuditWalk {
public:
    explicit AuditWalk(std::optional<ChainLink> noted) : noted_(std::move(noted)) {}

    AuditQuery const& next() const { return query_; }
    // overloaded: retention keeps cutting rows before they were looked at.
    Result<std::optional<AuditVerdict>> take(AuditPage const& page);

private:
    static AuditQuery from_the_front();
    void begin(ChainLink const& anchor);

    std::optional<ChainLink> noted_;
    AuditQuery query_ = from_the_front();
    std::optional<ChainCheck> check_;
    int restarts_ = 0;
};

}  // namespace filegate::catalog
