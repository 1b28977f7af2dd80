#include "catalog/memory_quotas.hpp"

namespace filegate::catalog::memory {

Result<std::uint64_t> Quotas::reserve(QuotaAsk const& ask) {
    TRY(auto const bytes, bytes_to_reserve(of(ask.owner), ask));
    held_.emplace(ask.id, Held{ask.owner, bytes});
    return bytes;
}

void Quotas::release(ReservationId const& id) {
    held_.erase(id);
}

Result<void> Quotas::check_covers(NewFile const& file) const {
    if (!file.reservation) return {};
    auto const held = held_.find(*file.reservation);
    if (held != held_.end() && held->second.owner == file.owner &&
        held->second.bytes >= file.bytes) {
        return {};
    }
    return fail(reservation_does_not_cover(file.bytes));
}

void Quotas::charge(PrincipalId const& owner, std::uint64_t bytes) {
    auto& row = rows_[owner];
    row.owner = owner;
    row.used_bytes += bytes;
    ++row.file_count;
}

void Quotas::give_back(PrincipalId const& owner, std::uint64_t bytes) {
    auto& row = rows_.at(owner);
    row.used_bytes -= bytes;
    --row.file_count;
}

// Walks all reservations: as many as there are uploads under way.
QuotaRecord Quotas::of(PrincipalId const& owner) const {
    auto const row = rows_.find(owner);
    auto record = row == rows_.end() ? QuotaRecord{.owner = owner} : row->second;
    for (auto const& [id, held] : held_)
        if (held.owner == owner) record.reserved_bytes += held.bytes;
    return record;
}

QuotaRecord Quotas::set_limit(PrincipalId const& owner, std::optional<std::uint64_t> limit_bytes) {
    auto& row = rows_[owner];
    row.owner = owner;
    row.limit_bytes = limit_bytes;
    return of(owner);
}

std::vector<QuotaRecord> Quotas::list(std::size_t limit,
                                      std::optional<PrincipalId> const& after) const {
    std::vector<QuotaRecord> found;
    auto row = after ? rows_.upper_bound(*after) : rows_.begin();
    for (; row != rows_.end() && found.size() < std::min(limit, list_limit_max); ++row)
        found.push_back(of(row->first));
    return found;
}

}  // namespace filegate::catalog::memory
