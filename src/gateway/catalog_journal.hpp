#pragma once
// Delivery's journal, kept in the catalog, for the delivery of one file.

#include "catalog/catalog.hpp"
#include "delivery/delivery.hpp"

namespace filegate::gateway {

class CatalogJournal final : public delivery::Journal {
public:
    CatalogJournal(catalog::Catalog& catalog, Clock const& clock, IdSource& ids,
                   catalog::FileRecord const& file)
        : catalog_(catalog), clock_(clock), ids_(ids), file_(file) {}

    Task<Result<bool>> reuse(delivery::Account const& account, WirePurpose const& purpose) override;
    Task<Result<IntentId>> begin(delivery::Account const& account,
                                 WirePurpose const& purpose) override;
    Task<Result<void>> finish(IntentId const& intent, delivery::Placed const& placed) override;
    Task<Result<void>> abandon(IntentId const& intent) override;
    Task<Result<void>> remember_purpose(delivery::Account const& account, Purpose const& asked,
                                        WirePurpose const& worked) override;

private:
    catalog::PlacementKey key(delivery::Account const& account, WirePurpose const& purpose) const;

    catalog::Catalog& catalog_;
    Clock const& clock_;
    IdSource& ids_;
    catalog::FileRecord const& file_;
};

}  // namespace filegate::gateway
