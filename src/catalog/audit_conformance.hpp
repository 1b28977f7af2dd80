#pragma once
// What every catalog's audit trail must do; the tests are in catalog_audit_conformance_test.cpp.

#include "catalog/audit_verify.hpp"
#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {

class AuditConformance : public CatalogConformance {
protected:
    void write(int count) {
        std::vector<EventRecord> events;
        for (int i = 0; i < count; ++i)
            events.push_back(records_.event(std::to_string(i)));
        get(catalog().add_events(std::move(events)));
    }
    std::vector<AuditRow> rows(AuditQuery query = {.limit = 1000}) {
        return get(catalog().audit_page(std::move(query))).rows;
    }
    std::vector<std::string> actions(AuditQuery query = {.limit = 1000}) {
        std::vector<std::string> found;
        for (auto const& row : rows(std::move(query)))
            found.push_back(row.event.action);
        return found;
    }
    AuditVerdict verify(std::optional<ChainLink> noted = {}) {
        return get(verify_audit(catalog(), std::move(noted)));
    }
    std::uint64_t cut(std::uint64_t rows_max, WallTime before = {}) {
        return get(catalog().cut_audit({.before = before, .rows_max = rows_max, .now = now()}));
    }
};

}  // namespace filegate::catalog
