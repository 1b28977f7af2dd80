#pragma once
// What a server tells of its audit trail, read and written as lines.

#include "cli/failure.hpp"

namespace filegate::cli {

struct AuditPageObject {
    std::vector<std::string> jsonl;  // a row each
    std::vector<std::string> csv;    // the same
    std::int64_t next_after = 0;
    bool has_more = false;
};

struct AuditVerdictObject {
    bool is_whole = false;
    std::int64_t rows = 0;
    std::string head;  // ID:HASH
    std::int64_t broken_id = 0;
    std::string broken_what;
};

// What a page with more rows to come may hold at least, so that its reader gets on.
Answer<AuditPageObject> parse_audit_page(std::string_view body);
Answer<AuditVerdictObject> parse_audit_verdict(std::string_view body);

std::string csv_head();

std::string verdict_json(AuditVerdictObject const& verdict);
std::string verdict_line(AuditVerdictObject const& verdict);

}  // namespace filegate::cli
