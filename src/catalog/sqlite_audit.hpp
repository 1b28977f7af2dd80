#pragma once
// The audit trail as rows: what the SQLite catalog's calls do inside a transaction somebody else
// holds. An append reads the head, hashes, inserts and moves the head: under PostgreSQL the same
// four steps are safe with SELECT ... FOR UPDATE on the head's row.

#include "catalog/audit_book.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<void> append_event(db::Connection& connection, EventRecord const& event);
Result<std::vector<EventRecord>> latest_events(db::Connection& connection, std::size_t limit);
Result<AuditPage> audit_page(db::Connection& connection, AuditQuery const& query);
Result<std::uint64_t> cut_audit(db::Connection& connection, AuditCut const& cut);

// What an earlier release wrote without a chain becomes the first rows of it.
Result<void> chain_older_events(db::Connection& connection);

}  // namespace filegate::catalog::sqlite
