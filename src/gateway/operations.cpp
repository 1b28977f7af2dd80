// What an operator changes is done and written down as one: once begun, it is finished even when
// the request that asked for it is given up.

#include "gateway/operations.hpp"

#include <map>

#include "gateway/audit.hpp"
#include "observe/escape.hpp"

namespace filegate::gateway {
namespace {

using coordination::BreakerKey;
using coordination::BreakerPhase;
using coordination::BreakerView;
using delivery::TransportHealth;
using State = PartHealth::State;

constexpr seconds part_patience{5};
constexpr std::size_t locks_max = 1000;
constexpr std::size_t word_bytes_max = 256;  // of a key that may be anything

Result<void> check_is_admin(access::Principal const& caller) {
    if (caller.is_admin()) return {};
    return fail(ErrorCode::permission_denied,
                "this is for operators: it needs admin rights, which this caller does not have");
}

std::string shortened(std::string_view text) {
    if (text.size() <= word_bytes_max) return observe::printable(text);
    return observe::printable(text.substr(0, word_bytes_max)) + "...";
}

template <class T>
std::string outcome_of(Result<T> const& result) {
    if (result) return "done";
    auto const& error = result.error();
    return fmt::format("{}: {}", error_row(error.code).name, error.message);
}

PartHealth verdict(std::string name, Result<void> const& checked) {
    if (checked) return {.name = std::move(name)};
    return {.name = std::move(name), .state = State::unwell, .what = checked.error().message};
}

Task<PartHealth> examine_catalog(catalog::Catalog& catalog) {
    co_return verdict("catalog", co_await catalog.check());
}

Task<PartHealth> examine_blobs(store::BlobStore& blobs) {
    co_return verdict("blobs", co_await blobs.check());
}

Task<PartHealth> examine_coordination(coordination::Leases& leases) {
    auto const statistics = co_await leases.statistics();
    if (statistics) co_return PartHealth{.name = "coordination"};
    co_return verdict("coordination", fail(statistics.error()));
}

// Without it every upload is refused, or taken unseen.
Task<PartHealth> examine_scanner(ingest::Scanner& scanner, ingest::Unchecked unchecked) {
    auto health = verdict("scanner", co_await scanner.ping());
    if (health.state == State::unwell && unchecked == ingest::Unchecked::accept) {
        health.state = State::impaired;
    }
    co_return health;
}

Task<void> ask_into(Checkup* checkup, PartHealth* out) {
    *out = co_await checkup->ask(out->name, part_patience);
}

// One per account, in configured order; an account's transports follow one another.
std::vector<PartHealth> providers_health(std::span<TransportHealth const> all, WallTime now) {
    std::vector<PartHealth> healths;
    while (!all.empty()) {
        auto const& first = all.front();
        auto const end = std::ranges::find_if(all, [&](TransportHealth const& one) {
            return one.account != first.account ||
                   one.breaker.key.provider != first.breaker.key.provider;
        });
        auto const count = static_cast<std::size_t>(end - all.begin());
        healths.push_back(provider_health(all.first(count), now));
        all = all.subspan(count);
    }
    if (healths.empty()) {
        healths.push_back({.name = "providers",
                           .state = State::unwell,
                           .what = "no provider account has a key; set KIMI_API_KEY, GLM_API_KEY "
                                   "or OPENAI_API_KEY and start again"});
    }
    return healths;
}

bool is_among(BreakerKey const& key, std::vector<BreakerView> const& known) {
    return std::ranges::find(known, key, &BreakerView::key) != known.end();
}

// Accounts of one provider share its breakers.
std::vector<BreakerView> known_breakers(delivery::Delivery const& delivery) {
    std::vector<BreakerView> views;
    for (auto& transport : delivery.health()) {
        if (!is_among(transport.breaker.key, views)) views.push_back(std::move(transport.breaker));
    }
    return views;
}

std::unexpected<Error> no_breaker(BreakerKey const& key, std::vector<BreakerView> const& known) {
    std::string names;
    for (auto const& view : known)
        names += (names.empty() ? "" : ", ") + view.key.text();
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = fmt::format("there is no circuit breaker {}; there are {}",
                                             shortened(key.text()), names.empty() ? "none" : names),
                      .param = "key"});
}

std::string summary(RecoveryReport const& report) {
    std::map<std::string_view, std::size_t> counts;
    for (auto const& item : report.items)
        ++counts[name_of(item.end)];
    std::string text;
    for (auto const& [end, count] : counts)
        text += fmt::format("{} {}, ", count, end);
    return text + fmt::format("{} marked copies removed", report.copies_removed);
}

}  // namespace

Operations::Operations(OperationsParts parts)
    : parts_(parts),
      examinations_(parts.background),
      catalog_(parts.background, examinations_, [this] { return examine_catalog(parts_.catalog); }),
      blobs_(parts.background, examinations_, [this] { return examine_blobs(parts_.blobs); }),
      coordination_(parts.background, examinations_,
                    [this] { return examine_coordination(parts_.leases); }),
      deliveries_(parts.background, examinations_, [this] { return examine_deliveries(); }) {
    if (parts_.scanner == nullptr) return;
    scanner_.emplace(parts_.background, examinations_,
                     [this] { return examine_scanner(*parts_.scanner, parts_.unchecked); });
}

Task<void> Operations::stop(Deadline drain_until) {
    co_await examinations_.stop(drain_until);
}

Task<Result<std::vector<BreakerView>>> Operations::breakers(access::Principal const& caller) {
    CO_TRY(check_is_admin(caller));
    co_return known_breakers(parts_.delivery);
}

Task<Result<BreakerView>> Operations::force_breaker(access::Principal const& caller, BreakerKey key,
                                                    BreakerPhase open_or_closed) {
    CO_TRY(check_is_admin(caller));
    TaskContext uncancelled((co_await this_context()).executor());
    co_return co_await force_and_tell(cause_of(caller), std::move(key), open_or_closed)
        .in(uncancelled);
}

Task<Result<BreakerView>> Operations::force_and_tell(catalog::Cause by, BreakerKey key,
                                                     BreakerPhase phase) {
    auto view = co_await force_known(key, phase, by.principal);
    auto const action = phase == BreakerPhase::closed ? "breaker.close" : "breaker.open";
    co_await tell(by, {.at = parts_.clock.wall_now(),
                       .principal = by.principal,
                       .action = action,
                       .subject = shortened(key.text()),
                       .outcome = outcome_of(view),
                       .detail = "by an operator"});
    co_return view;
}

Task<Result<BreakerView>> Operations::force_known(BreakerKey key, BreakerPhase phase,
                                                  PrincipalId by) {
    auto const known = known_breakers(parts_.delivery);
    if (!is_among(key, known)) co_return no_breaker(key, known);
    CO_TRY(co_await parts_.breakers.force(key, phase, std::move(by)));
    co_return parts_.breakers.view(key);
}

Task<Result<LockReport>> Operations::locks(access::Principal const& caller) {
    CO_TRY(check_is_admin(caller));
    CO_TRY(auto statistics, co_await parts_.leases.statistics());
    CO_TRY(auto locks, co_await parts_.leases.list(locks_max));
    co_return LockReport{.statistics = statistics, .locks = std::move(locks)};
}

Task<Result<bool>> Operations::force_unlock(access::Principal const& caller, std::string key) {
    CO_TRY(check_is_admin(caller));
    TaskContext uncancelled((co_await this_context()).executor());
    co_return co_await unlock_and_tell(cause_of(caller), std::move(key)).in(uncancelled);
}

Task<Result<bool>> Operations::unlock_and_tell(catalog::Cause by, std::string key) {
    auto const released = co_await parts_.leases.force_unlock(key);
    auto outcome = released && !*released ? "nobody held it" : outcome_of(released);
    parts_.log.write(observe::LogLevel::warning, "lock.force",
                     {{"key", shortened(key)}, {"by", by.principal.text()}, {"outcome", outcome}});
    co_await tell(by, {.at = parts_.clock.wall_now(),
                       .principal = by.principal,
                       .action = "lock.force",
                       .subject = shortened(key),
                       .outcome = std::move(outcome),
                       .detail = "by an operator"});
    co_return released;
}

Task<Result<void>> Operations::revoke_token(access::Principal const& caller,
                                            access::Revocation revocation) {
    CO_TRY(check_is_admin(caller));
    if (parts_.tokens == nullptr) {
        co_return fail(ErrorCode::validation_failed,
                       "no authentication is configured: there are no tokens to revoke");
    }
    co_return co_await parts_.tokens->revoke(cause_of(caller), std::move(revocation));
}

Task<Result<RecoveryReport>> Operations::reconcile(access::Principal const& caller,
                                                   RecoveryMode mode) {
    CO_TRY(check_is_admin(caller));
    auto report = co_await parts_.recovery.run(mode);
    if (mode == RecoveryMode::dry) co_return report;
    // What a round has done is told by Recovery, copy by copy, also when it is cancelled.
    TaskContext uncancelled((co_await this_context()).executor());
    co_await tell(cause_of(caller), {.at = parts_.clock.wall_now(),
                                     .principal = caller.id(),
                                     .action = "reconcile.run",
                                     .subject = "intents",
                                     .outcome = outcome_of(report),
                                     .detail = report ? summary(*report) : ""})
        .in(uncancelled);
    co_return report;
}

Task<Result<std::vector<catalog::EventRecord>>> Operations::events(access::Principal const& caller,
                                                                   std::size_t limit) {
    CO_TRY(check_is_admin(caller));
    co_return co_await parts_.catalog.events(limit);
}

Task<Result<catalog::AuditPage>> Operations::audit_page(access::Principal const& caller,
                                                        catalog::AuditQuery query) {
    CO_TRY(check_is_admin(caller));
    co_return co_await parts_.catalog.audit_page(std::move(query));
}

Task<Result<catalog::AuditVerdict>> Operations::verify_audit(
    access::Principal const& caller, std::optional<catalog::ChainLink> noted) {
    CO_TRY(check_is_admin(caller));
    co_return co_await catalog::verify_audit(parts_.catalog, std::move(noted));
}

// What was done is done: an event that cannot be written is no reason to tell the operator that it
// was not. The log has it then.
Task<void> Operations::tell(catalog::Cause by, catalog::EventRecord event) {
    event.door = std::move(by.door);
    event.peer_address = std::move(by.peer_address);
    event.request = std::move(by.request);
    auto const told = co_await parts_.catalog.add_event(event);
    if (told) co_return;
    parts_.log.write(observe::LogLevel::error, "event.not_kept",
                     {{"action", event.action},
                      {"subject", event.subject},
                      {"by", event.principal.text()},
                      {"outcome", event.outcome},
                      {"event_detail", event.detail},
                      {"message", told.error().message},
                      {"detail", told.error().detail}});
}

Task<HealthReport> Operations::health() {
    HealthReport report;
    report.parts = {
        {.name = "catalog"}, {.name = "blobs"}, {.name = "coordination"}, {.name = "deliveries"}};
    if (scanner_) report.parts.push_back({.name = "scanner"});
    TaskGroup asking((co_await this_context()).executor());
    asking.spawn(ask_into(&catalog_, &report.parts[0]));
    asking.spawn(ask_into(&blobs_, &report.parts[1]));
    asking.spawn(ask_into(&coordination_, &report.parts[2]));
    asking.spawn(ask_into(&deliveries_, &report.parts[3]));
    if (scanner_) asking.spawn(ask_into(&*scanner_, &report.parts[4]));
    co_await asking.join();
    auto const is_well = [](PartHealth const& part) { return part.state != State::unwell; };
    auto const has_ground = std::ranges::all_of(std::span(report.parts).first(3), is_well) &&
                            (!scanner_ || is_well(report.parts[4]));
    auto const providers = providers_health(parts_.delivery.health(), parts_.clock.wall_now());
    report.is_ready = has_ground && std::ranges::any_of(providers, is_well);
    std::ranges::copy(providers, std::back_inserter(report.parts));
    co_return report;
}

Task<PartHealth> Operations::examine_deliveries() {
    auto const waiting = co_await parts_.catalog.count_deliveries();
    if (!waiting) co_return verdict("deliveries", fail(waiting.error()));
    auto const open = co_await parts_.catalog.open_intents(intents_shown_max);
    if (!open) co_return verdict("deliveries", fail(open.error()));
    co_return deliveries_health(*waiting, *open, parts_.clock.wall_now());
}

}  // namespace filegate::gateway
