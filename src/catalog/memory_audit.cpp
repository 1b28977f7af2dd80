#include "catalog/memory_audit.hpp"

#include "catalog/audit_query.hpp"
#include "catalog/queries.hpp"

namespace filegate::catalog::memory {

void AuditTrail::append(EventRecord const& event) {
    AuditRow row{
        .id = bounds_.head.id + 1, .event = event, .hash = chain_hash(bounds_.head, event)};
    bounds_.head = {.id = row.id, .hash = row.hash};
    rows_.push_back(std::move(row));
}

std::vector<EventRecord> AuditTrail::latest(std::size_t limit) const {
    std::vector<EventRecord> found;
    auto const count = std::min({limit, list_limit_max, rows_.size()});
    for (auto row = rows_.rbegin(); found.size() < count; ++row)
        found.push_back(row->event);
    return found;
}

AuditPage AuditTrail::page(AuditQuery const& query) const {
    PageReader reader(query, bounds_);
    auto row = std::ranges::upper_bound(rows_, query.after, {}, &AuditRow::id);
    while (row != rows_.end() && reader.take(*row))
        ++row;
    return std::move(reader).finish();
}

std::uint64_t AuditTrail::cut(AuditCut const& cut) {
    CutReader reader(cut, bounds_);
    for (auto const& row : rows_)
        if (!reader.take({.id = row.id, .hash = row.hash}, row.event.at)) break;
    auto const anchor = reader.anchor();
    auto const count = anchor.id - bounds_.anchor.id;
    if (count == 0) return 0;
    auto const event = cut_event(bounds_, anchor, cut.now);
    rows_.erase(rows_.begin(), rows_.begin() + count);
    bounds_.anchor = anchor;
    append(event);
    return static_cast<std::uint64_t>(count);
}

}  // namespace filegate::catalog::memory
