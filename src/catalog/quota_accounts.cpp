#include "catalog/quota_accounts.hpp"

#include "base/check.hpp"

namespace filegate::catalog {

QuotaAccounts::Pin QuotaAccounts::pin(PrincipalId const& owner) {
    std::scoped_lock const lock(mutex_);
    auto const account = accounts_.try_emplace(owner).first;
    account->second.record.owner = owner;
    ++account->second.pins;
    return Pin(*this, account);
}

QuotaAccounts::Pin::~Pin() {
    std::scoped_lock const lock(accounts_.mutex_);
    --account_->second.pins;
    accounts_.forget_if_idle(account_);
}

bool QuotaAccounts::Pin::is_known() const {
    std::scoped_lock const lock(accounts_.mutex_);
    return account_->second.is_known;
}

Result<std::uint64_t> QuotaAccounts::reserve(QuotaAsk const& ask) {
    std::scoped_lock const lock(mutex_);
    auto const account = accounts_.find(ask.owner);
    FG_CHECK(account != accounts_.end() && account->second.is_known, "reserves with a known one");
    TRY(auto const bytes, bytes_to_reserve(account->second.record, ask));
    bool const is_new = reservations_.try_emplace(ask.id.text(), ask.owner, bytes).second;
    FG_CHECK(is_new, "a reservation's id is used once");
    account->second.record.reserved_bytes += bytes;
    return bytes;
}

QuotaRecord QuotaAccounts::record(PrincipalId const& owner) const {
    std::scoped_lock const lock(mutex_);
    auto const account = accounts_.find(owner);
    FG_CHECK(account != accounts_.end() && account->second.is_known, "asks about a known one");
    return account->second.record;
}

void QuotaAccounts::release(ReservationId const& id) noexcept {
    std::scoped_lock const lock(mutex_);
    end(id);
}

std::uint64_t QuotaAccounts::reserved_bytes(PrincipalId const& owner) const {
    std::scoped_lock const lock(mutex_);
    auto const account = accounts_.find(owner);
    return account == accounts_.end() ? 0 : account->second.record.reserved_bytes;
}

Result<void> QuotaAccounts::check_covers(ReservationId const& id, NewFile const& file) const {
    std::scoped_lock const lock(mutex_);
    auto const held = reservations_.find(id.text());
    if (held != reservations_.end() && held->second.owner == file.owner &&
        held->second.bytes >= file.bytes) {
        return {};
    }
    return fail(reservation_does_not_cover(file.bytes));
}

void QuotaAccounts::settle(std::optional<QuotaRecord> const& committed,
                           std::optional<ReservationId> const& ended) {
    std::scoped_lock const lock(mutex_);
    // An owner without an account here has nothing under way; who asks next reads the catalog.
    auto const account = committed ? accounts_.find(committed->owner) : accounts_.end();
    if (account != accounts_.end()) {
        auto& record = account->second.record;
        auto const reserved_bytes = record.reserved_bytes;
        record = *committed;
        record.reserved_bytes = reserved_bytes;
        account->second.is_known = true;
    }
    if (ended) end(*ended);
}

std::size_t QuotaAccounts::size() const {
    std::scoped_lock const lock(mutex_);
    return accounts_.size();
}

void QuotaAccounts::end(ReservationId const& id) {
    auto const held = reservations_.find(id.text());
    if (held == reservations_.end()) return;
    auto const account = accounts_.find(held->second.owner);
    account->second.record.reserved_bytes -= held->second.bytes;
    reservations_.erase(held);
    forget_if_idle(account);
}

// The few thousand who uploaded last are remembered, so that they need not be read again.
void QuotaAccounts::forget_if_idle(Accounts::iterator account) {
    auto const& [record, is_known, pins] = account->second;
    bool const is_idle = pins == 0 && record.reserved_bytes == 0;
    if (is_idle && (!is_known || accounts_.size() > idle_max_)) accounts_.erase(account);
}

}  // namespace filegate::catalog
