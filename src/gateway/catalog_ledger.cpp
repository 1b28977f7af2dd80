#include "gateway/catalog_ledger.hpp"

namespace filegate::gateway {

access::QuotaView quota_view(catalog::QuotaRecord const& quota, std::uint64_t default_limit_bytes) {
    return {.limit_bytes = quota.limit_bytes.value_or(default_limit_bytes),
            .used_bytes = quota.used_bytes,
            .reserved_bytes = quota.reserved_bytes,
            .left_bytes = catalog::left_bytes(quota, default_limit_bytes),
            .file_count = quota.file_count};
}

Task<Result<access::QuotaReservation>> CatalogLedger::reserve(access::QuotaWish wish) {
    catalog::QuotaAsk const ask{.id = ids_.reservation(),
                                .owner = std::move(wish.owner),
                                .bytes_least = wish.bytes_least,
                                .bytes_most = wish.bytes_most,
                                .default_limit_bytes = default_limit_bytes_};
    CO_TRY(auto const bytes, co_await catalog_.reserve_quota(ask));
    co_return access::QuotaReservation{.id = ask.id, .bytes = bytes};
}

void CatalogLedger::release(ReservationId const& id) noexcept {
    catalog_.release_reservation(id);
}

Task<Result<access::QuotaView>> CatalogLedger::view(PrincipalId owner) {
    CO_TRY(auto const quota, co_await catalog_.quota_of(std::move(owner)));
    co_return quota_view(quota, default_limit_bytes_);
}

}  // namespace filegate::gateway
