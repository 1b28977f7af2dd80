#pragma once
// Which rows a page shows and which ones retention takes: the same decisions for every catalog.

#include "catalog/audit_book.hpp"

namespace filegate::catalog {

bool fits(AuditQuery const& query, EventRecord const& event);

// Takes the rows behind `query.after`, in order, until it answers false.
class PageReader {
public:
    PageReader(AuditQuery const& query, AuditBounds bounds);

    bool take(AuditRow const& row);  // false: the page is full, and this row is not on it
    AuditPage finish() &&;

private:
    AuditQuery const& query_;
    std::size_t limit_;
    std::size_t looked_at_ = 0;
    AuditPage page_;
};

// Takes the rows from the front, in order, until it answers false.
class CutReader {
public:
    CutReader(AuditCut const& cut, AuditBounds const& bounds)
        : cut_(cut), anchor_(bounds.anchor), head_(bounds.head.id) {}

    bool take(ChainLink const& row, WallTime at);  // false: this row stays
    ChainLink const& anchor() const { return anchor_; }

private:
    AuditCut const& cut_;
    ChainLink anchor_;
    std::int64_t head_;
    std::size_t taken_ = 0;
};

}  // namespace filegate::catalog
