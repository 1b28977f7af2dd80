#pragma once
// Leave to upload: a value that only access/ can make, so that no byte can be received without it.

#include "access/quota_ledger.hpp"
#include "base/place_counts.hpp"

namespace filegate::access {

// Leave to receive at most `bytes_max` bytes. What it holds of the quota, and its place among its
// principal's uploads, goes back when it is destroyed, on whatever way; recording the file under
// the reservation ends the first before.
class UploadGrant {
public:
    UploadGrant(UploadGrant&& other) noexcept
        : bytes_max_(other.bytes_max_),
          is_cut_by_quota_(other.is_cut_by_quota_),
          ledger_(std::exchange(other.ledger_, nullptr)),
          reservation_(std::move(other.reservation_)),
          place_(std::move(other.place_)) {}
    UploadGrant& operator=(UploadGrant&&) = delete;
    ~UploadGrant() {
        if (ledger_ != nullptr) ledger_->release(reservation_);
    }

    std::uint64_t bytes_max() const { return bytes_max_; }
    // Under which the file is to be recorded; none where quotas are not kept.
    std::optional<ReservationId> reservation() const {
        return ledger_ == nullptr ? std::nullopt : std::optional(reservation_);
    }

    // What ended the upload, told by its true reason: a file that was too large for what was left
    // of the quota is no file that is too large for the gateway.
    Error explain(Error error) const;

private:
    friend class Access;
    explicit UploadGrant(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
    UploadGrant(std::uint64_t bytes_wanted, QuotaLedger& ledger, QuotaReservation reservation)
        : bytes_max_(reservation.bytes),
          is_cut_by_quota_(reservation.bytes < bytes_wanted),
          ledger_(&ledger),
          reservation_(std::move(reservation.id)) {}

    std::uint64_t bytes_max_;
    bool is_cut_by_quota_ = false;
    QuotaLedger* ledger_ = nullptr;
    ReservationId reservation_;
    std::optional<PlaceCounts::Place> place_;  // among its principal's uploads
};

}  // namespace filegate::access
