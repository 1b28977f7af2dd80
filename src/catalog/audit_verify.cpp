#include "catalog/audit_verify.hpp"

#include <limits>

namespace filegate::catalog {
namespace {

constexpr std::size_t page_rows = 1000;
constexpr int restarts_max = 16;
constexpr auto before_all = std::numeric_limits<std::int64_t>::min();

ChainCheck check_from(ChainLink const& anchor, std::optional<ChainLink> const& noted) {
    ChainCheck check(anchor);
    if (noted && noted->id > anchor.id) check.expect(*noted);
    return check;
}

// From the front to the end. Nothing: retention cut rows before they were looked at.
Task<Result<std::optional<AuditVerdict>>> walk(AuditBook& book, std::optional<ChainLink> noted) {
    std::optional<ChainCheck> check;
    AuditQuery query{.after = before_all, .limit = page_rows};
    while (true) {
        CO_TRY(auto const page, co_await book.audit_page(query));
        if (!check) check = check_from(page.bounds.anchor, noted);
        if (check->last().id < page.bounds.anchor.id) co_return std::nullopt;
        AuditVerdict verdict{.bounds = page.bounds};
        for (auto const& row : page.rows) {
            verdict.broken = check->take(row);
            if (verdict.broken) break;
        }
        verdict.rows = check->rows();
        if (!verdict.broken && !page.has_more) verdict.broken = check->finish(page.bounds);
        if (verdict.broken || !page.has_more) co_return verdict;
        query.after = page.looked_at_to;
    }
}

}  // namespace

Task<Result<AuditVerdict>> verify_audit(AuditBook& book, std::optional<ChainLink> noted) {
    for (int i = 0; i < restarts_max; ++i) {
        CO_TRY(auto const verdict, co_await walk(book, noted));
        if (verdict) co_return *verdict;
    }
    co_return fail(ErrorCode::overloaded,
                   "retention keeps cutting the audit trail while it is verified; try again");
}

}  // namespace filegate::catalog
