#pragma once
// Access's ledger, kept in the catalog's quota book.

#include "access/quota_ledger.hpp"
#include "catalog/catalog.hpp"

namespace filegate::gateway {

access::QuotaView quota_view(catalog::QuotaRecord const& quota, std::uint64_t default_limit_bytes);

class CatalogLedger final : public access::QuotaLedger {
public:
    CatalogLedger(catalog::Catalog& catalog, IdSource& ids, std::uint64_t default_limit_bytes)
        : catalog_(catalog), ids_(ids), default_limit_bytes_(default_limit_bytes) {}

    Task<Result<access::QuotaReservation>> reserve(access::QuotaWish wish) override;
    void release(ReservationId const& id) noexcept override;
    Task<Result<access::QuotaView>> view(PrincipalId owner) override;

private:
    catalog::Catalog& catalog_;
    IdSource& ids_;
    std::uint64_t default_limit_bytes_;
};

}  // namespace filegate::gateway
