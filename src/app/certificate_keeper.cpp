#include "app/certificate_keeper.hpp"

namespace filegate::app {

void CertificateKeeper::keep(Look look) {
    if (look == Look::anyway || identity_.has_changed()) reload();
    warn();
}

void CertificateKeeper::reload() {
    if (auto const reloaded = identity_.reload(); !reloaded) {
        log_.write(observe::LogLevel::error, "tls.not_reloaded",
                   {{"message", reloaded.error().message}, {"in_use", identity_.description()}});
        return;
    }
    log_.write(observe::LogLevel::info, "tls.reloaded", {{"certificate", identity_.description()}});
    quiet_until_ = {};
}

void CertificateKeeper::warn() {
    auto const now = clock_.wall_now();
    auto const validity = identity_.validity();
    if (now < quiet_until_ || !validity.ends_soon(now)) return;
    quiet_until_ = now + std::chrono::days(1);
    if (validity.is_over(now)) {
        log_.write(observe::LogLevel::error, "tls.has_ended",
                   {{"certificate", identity_.description()}});
        return;
    }
    auto const left = std::chrono::floor<std::chrono::hours>(validity.until - now);
    log_.write(observe::LogLevel::warning, "tls.ends_soon",
               {{"certificate", identity_.description()}, {"hours_left", left.count()}});
}

}  // namespace filegate::app
