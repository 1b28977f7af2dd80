#pragma once
// The audit trail of a data folder that no gateway has open.

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace filegate::app {

struct AuditReport {
    std::uint64_t rows = 0;
    std::int64_t head_id = 0;
    std::string head_hash;
    std::optional<std::int64_t> broken_id;  // the first row that does not fit; none: whole
    std::string broken_what;
};

// `noted` is a head that was noted elsewhere. Blocks. Changes no row; store_in_use when a gateway
// runs on the folder: it is to be asked then.
Result<AuditReport> verify_audit_offline(
    std::filesystem::path const& data_folder,
    std::optional<std::pair<std::int64_t, std::string>> const& noted);

}  // namespace filegate::app
