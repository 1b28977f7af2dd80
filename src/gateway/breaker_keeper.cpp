#include "gateway/breaker_keeper.hpp"

namespace filegate::gateway {
namespace {

using coordination::BreakerChange;
using coordination::BreakerPhase;
using coordination::BreakerView;

catalog::BreakerRecord record_of(BreakerView const& view, WallTime now) {
    return {.provider = view.key.provider,
            .transport = view.key.transport,
            .phase = std::string(coordination::name_of(view.phase)),
            .successes = view.successes,
            .wait = view.wait,
            .retry_at = view.retry_at,
            .changed_at = view.changed_at.value_or(now),
            .reason = view.reason};
}

}  // namespace

// A state that cannot be written down still holds here and now; only a restart would forget it.
Task<void> BreakerKeeper::changed(BreakerChange change) {
    auto const& view = change.now;
    auto const now = clock_.wall_now();
    auto const phase = std::string(coordination::name_of(view.phase));
    // What an operator did is an event already, written by Operations with how it ended.
    auto const is_event = view.phase != change.was && change.by.is_empty();
    log_.write(
        view.phase == BreakerPhase::open ? observe::LogLevel::warning : observe::LogLevel::info,
        "[CIRCUIT]",
        {{"breaker", view.key.text()},
         {"state", phase},
         {"was", std::string(coordination::name_of(change.was))},
         {"good_probes", std::int64_t(view.successes)},
         {"wait_s", std::int64_t(view.wait.count())},
         {"by", change.by.text()},
         {"reason", view.reason}});
    auto const saved = co_await catalog_.save_breaker(record_of(view, now));
    auto told = saved;
    if (saved && is_event) {
        told = co_await catalog_.add_event({.at = now,
                                            .principal = change.by,
                                            .action = "breaker." + phase,
                                            .subject = view.key.text(),
                                            .outcome = "done",
                                            .detail = view.reason});
    }
    if (told) co_return;
    log_.write(observe::LogLevel::warning, "breaker.not_kept",
               {{"breaker", view.key.text()},
                {"message", told.error().message},
                {"detail", told.error().detail}});
}

Task<Result<std::vector<BreakerView>>> BreakerKeeper::kept() {
    CO_TRY(auto const records, co_await catalog_.breakers());
    std::vector<BreakerView> views;
    for (auto const& record : records) {
        views.push_back(
            {.key = {record.provider, record.transport},
             .phase = coordination::phase_named(record.phase).value_or(BreakerPhase::closed),
             .successes = record.successes,
             .wait = record.wait,
             .retry_at = record.retry_at,
             .changed_at = record.changed_at,
             .reason = record.reason});
    }
    co_return views;
}

}  // namespace filegate::gateway
