#include "catalog/audit_query.hpp"

namespace filegate::catalog {
namespace {

bool is_action(std::string const& wanted, std::string const& action) {
    if (wanted.ends_with('.')) return action.starts_with(wanted);
    return wanted.empty() || wanted == action;
}

}  // namespace

bool fits(AuditQuery const& query, EventRecord const& event) {
    if (query.principal && event.principal != *query.principal) return false;
    if (query.file && event.file != *query.file) return false;
    if (query.since && event.at < *query.since) return false;
    if (query.until && event.at >= *query.until) return false;
    return is_action(query.action, event.action);
}

PageReader::PageReader(AuditQuery const& query, AuditBounds bounds)
    : query_(query), limit_(std::min(query.limit, audit_rows_looked_at_max)) {
    page_.looked_at_to = query.after;
    page_.bounds = std::move(bounds);
}

bool PageReader::take(AuditRow const& row) {
    if (looked_at_ == audit_rows_looked_at_max || page_.rows.size() == limit_) {
        page_.has_more = true;
        return false;
    }
    ++looked_at_;
    page_.looked_at_to = row.id;
    if (fits(query_, row.event)) page_.rows.push_back(row);
    return true;
}

AuditPage PageReader::finish() && {
    return std::move(page_);
}

bool CutReader::take(ChainLink const& row, WallTime at) {
    if (taken_ == cut_.at_most) return false;
    auto const left = static_cast<std::uint64_t>(head_ - row.id);
    if (at >= cut_.before && left < cut_.rows_max) return false;
    ++taken_;
    anchor_ = row;
    return true;
}

}  // namespace filegate::catalog
