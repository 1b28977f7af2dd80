#pragma once
// The audit trail in memory. Not thread-safe: the catalog locks.

#include <deque>

#include "catalog/audit_book.hpp"

namespace filegate::catalog::memory {

class AuditTrail {
public:
    void append(EventRecord const& event);
    std::vector<EventRecord> latest(std::size_t limit) const;
    AuditPage page(AuditQuery const& query) const;
    std::uint64_t cut(AuditCut const& cut);

private:
    std::deque<AuditRow> rows_;  // by id
    AuditBounds bounds_;
};

}  // namespace filegate::catalog::memory
