#include "app/offline_audit.hpp"

#include "app/data_layout.hpp"
#include "catalog/audit_verify.hpp"
#include "store/data_folder_lock.hpp"

namespace filegate::app {

Result<AuditReport> verify_audit_offline(
    std::filesystem::path const& data_folder,
    std::optional<std::pair<std::int64_t, std::string>> const& noted) {
    auto const file = data_folder / catalog_file;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("there is no catalog {}", file.string()));
    }
    TRY(auto const lock, store::DataFolderLock::acquire(data_folder));
    std::optional<catalog::ChainLink> link;
    if (noted) link = {.id = noted->first, .hash = noted->second};
    TRY(auto const verdict, catalog::verify_audit_file(file, std::move(link)));
    AuditReport report{.rows = verdict.rows,
                       .head_id = verdict.bounds.head.id,
                       .head_hash = verdict.bounds.head.hash,
                       .broken_id = std::nullopt,
                       .broken_what = {}};
    if (verdict.broken) {
        report.broken_id = verdict.broken->id;
        report.broken_what = verdict.broken->what;
    }
    return report;
}

}  // namespace filegate::app
