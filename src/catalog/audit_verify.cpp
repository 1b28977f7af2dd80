#include "catalog/audit_verify.hpp"

#include <limits>

#include "catalog/migrations.hpp"
#include "catalog/sqlite_audit.hpp"

namespace filegate::catalog {
namespace {

constexpr std::size_t page_rows = 1000;
constexpr int restarts_max = 16;

constexpr db::Sql has_trail{"looking for the audit trail",
                            "SELECT 1 FROM sqlite_schema WHERE name = 'audit_chain'"};

}  // namespace

AuditQuery AuditWalk::from_the_front() {
    return {.after = std::numeric_limits<std::int64_t>::min(), .limit = page_rows};
}

void AuditWalk::begin(ChainLink const& anchor) {
    check_.emplace(anchor);
    if (noted_ && noted_->id > anchor.id) check_->expect(*noted_);
}

Result<std::optional<AuditVerdict>> AuditWalk::take(AuditPage const& page) {
    if (!check_) begin(page.bounds.anchor);
    if (check_->last().id < page.bounds.anchor.id) {
        if (++restarts_ == restarts_max) {
            return fail(ErrorCode::overloaded,
                        "retention keeps cutting the audit trail while it is verified; try again");
        }
        check_.reset();
        query_ = from_the_front();
        return std::nullopt;
    }
    AuditVerdict verdict{.broken = std::nullopt, .bounds = page.bounds};
    for (auto const& row : page.rows) {
        verdict.broken = check_->take(row);
        if (verdict.broken) break;
    }
    verdict.rows = check_->rows();
    if (!verdict.broken && !page.has_more) verdict.broken = check_->finish(page.bounds);
    query_.after = page.looked_at_to;
    if (!verdict.broken && page.has_more) return std::nullopt;
    return verdict;
}

Task<Result<AuditVerdict>> verify_audit(AuditBook& book, std::optional<ChainLink> noted) {
    AuditWalk walk(std::move(noted));
    while (true) {
        CO_TRY(auto const page, co_await book.audit_page(walk.next()));
        CO_TRY(auto const verdict, walk.take(page));
        if (verdict) co_return *verdict;
    }
}

Result<AuditVerdict> verify_audit_file(std::filesystem::path const& file,
                                       std::optional<ChainLink> noted) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("there is no catalog {}", file.string()));
    }
    TRY(auto const connection,
        db::Connection::open(
            {.path = file, .what = "catalog", .application_id = catalog_application_id}));
    TRY(connection->refuse_writes());
    {
        auto trail = connection->query(has_trail);
        TRY(bool const is_there, trail.step());
        if (!is_there) {
            return fail(ErrorCode::validation_failed,
                        "the catalog was written by a release without an audit trail; start this "
                        "release on it once");
        }
    }
    AuditWalk walk(std::move(noted));
    while (true) {
        TRY(auto const page, sqlite::audit_page(*connection, walk.next()));
        TRY(auto const verdict, walk.take(page));
        if (verdict) return *verdict;
    }
}

}  // namespace filegate::catalog
