#pragma once
// The chain of the audit trail: each row's hash covers its fields and the hash before it.
//
// What it proves: that no row between the anchor and the head was changed, taken out, put in or
// moved, by anybody who did not rewrite every later row and the head as well. What it does not: no
// key is involved, so whoever may write the whole catalog can write a new chain. A head that was
// noted elsewhere (an export, the log) shows that, too.

#include <functional>

#include "catalog/records.hpp"

namespace filegate::catalog {

struct AuditRow {
    std::int64_t id = 0;  // without gaps
    EventRecord event;
    std::string hash;  // as stored: 64 hexadecimal characters, unless somebody changed it
};

struct ChainLink {
    std::int64_t id = 0;
    std::string hash;
    friend bool operator==(ChainLink const&, ChainLink const&) = default;
};

// Before the first row that ever was.
ChainLink chain_start();

struct AuditBounds {
    ChainLink anchor = chain_start();  // the last row that retention took
    ChainLink head = chain_start();    // the last row
};

// The hash of the row that follows `previous`.
std::string chain_hash(ChainLink const& previous, EventRecord const& event);

// What retention notes when it has cut, and what must be found in the trail afterwards.
EventRecord cut_event(AuditBounds const& before, ChainLink const& anchor, WallTime now);

struct ChainBreak {
    std::int64_t id = 0;  // the first row that does not fit
    std::string what;
};

// Takes rows in the order of their ids, from the front; the first break ends it.
class ChainCheck {
public:
    explicit ChainCheck(ChainLink anchor) : anchor_(anchor), last_(std::move(anchor)) {}

    // Also proves, as it comes by, that the trail still holds a row that was noted elsewhere.
    void expect(ChainLink noted) { expected_ = std::move(noted); }

    std::optional<ChainBreak> take(AuditRow const& row);
    std::optional<ChainBreak> finish(AuditBounds const& bounds) const;  // after the last row

    ChainLink const& last() const { return last_; }
    std::uint64_t rows() const { return rows_; }

private:
    std::optional<ChainBreak> check_expected() const;

    ChainLink anchor_;
    ChainLink last_;
    ChainLink cut_at_ = chain_start();  // as the latest trail.cut says
    std::optional<ChainLink> expected_;
    std::uint64_t rows_ = 0;
};

}  // namespace filegate::catalog
