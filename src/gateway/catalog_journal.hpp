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
    Task<Result<delivery::OpenIntent>> begin(delivery::Account const& account,
                                             WirePurpose const& purpose) override;
    Task<Result<void>> finish(IntentId const& intent, delivery::Placed const& placed) override;
    Task<Result<void>> abandon(IntentId const& intent) override;
    Task<Result<void>> discard(IntentId const& intent, delivery::Placed const& placed) override;
    Task<Result<std::vector<delivery::OpenIntent>>> left_open(delivery::Account const& account,
                                                              WirePurpose const& purpose) override;
    Task<Result<delivery::CopyKnowledge>> knowledge_of(delivery::Account const& account,
                                                       WirePurpose const& purpose,
                                                       delivery::OpenIntent const& own,
                                                       std::vector<ProviderFileId> listed) override;
    Task<Result<void>> remember_purpose(delivery::Account const& account, Purpose const& asked,
                                        WirePurpose const& worked) override;

private:
    catalog::PlacementKey key(delivery::Account const& account, WirePurpose const& purpose) const;
    catalog::PlacementRecord placement(delivery::Placed const& placed) const;
    std::optional<WallTime> newest_rival_at(std::vector<catalog::IntentRecord> const& alike,
                                            std::string_view filename) const;

    catalog::Catalog& catalog_;
    Clock const& clock_;
    IdSource& ids_;
    catalog::FileRecord const& file_;
};

}  // namespace filegate::gateway
