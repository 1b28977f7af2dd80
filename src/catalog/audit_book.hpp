#pragma once
// The audit trail: rows that are only ever added, each holding the hash of the one before it
// (audit_chain.hpp), cut from the front by retention alone. Changes of files and placements write
// their own row in their own transaction: a change that cannot be audited does not happen.

#include "base/result.hpp"
#include "base/task.hpp"
#include "catalog/audit_chain.hpp"

namespace filegate::catalog {

inline constexpr std::size_t audit_rows_looked_at_max = 10'000;  // by one page

struct AuditQuery {
    std::int64_t after = 0;  // exclusive, an id
    std::size_t limit = 100;
    // Rows that differ are passed over.
    std::optional<PrincipalId> principal = {};
    std::string action = {};  // whole, or a family that ends with a dot: file.
    std::optional<FileId> file = {};
    std::optional<WallTime> since = {};  // inclusive
    std::optional<WallTime> until = {};  // exclusive
};

struct AuditPage {
    std::vector<AuditRow> rows;
    std::int64_t looked_at_to = 0;  // where the next page goes on, also when no row was asked for
    bool has_more = false;
    AuditBounds bounds;  // of the same moment
};

// What retention takes from the front: rows older than `before`, as far as no younger one lies
// before them, and all but the last `rows_max`.
struct AuditCut {
    WallTime before;
    std::uint64_t rows_max = 0;
    std::size_t at_most = audit_rows_looked_at_max;  // in one transaction
    WallTime now;
};

class AuditBook {
public:
    virtual ~AuditBook() = default;

    virtual Task<Result<void>> add_event(EventRecord event) = 0;
    virtual Task<Result<void>> add_events(std::vector<EventRecord> events) = 0;  // all or none
    // The latest added first, whatever their times say.
    virtual Task<Result<std::vector<EventRecord>>> events(std::size_t limit) = 0;

    // In order of ids, at most audit_rows_looked_at_max of them: a filter that fits few rows takes
    // more pages, never a longer one.
    virtual Task<Result<AuditPage>> audit_page(AuditQuery query) = 0;
    // Answers how many rows went. When any did, a row `trail.cut` says up to where.
    virtual Task<Result<std::uint64_t>> cut_audit(AuditCut cut) = 0;
};

}  // namespace filegate::catalog
