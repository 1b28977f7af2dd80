#include "http/admin_json.hpp"

#include "base/utf8.hpp"
#include "http/json_values.hpp"
#include "observe/escape.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

using coordination::BreakerPhase;
using coordination::BreakerView;
using gateway::PartHealth;
using gateway::RecoveryItem;

json::object breaker_object(BreakerView const& view) {
    return {{"key", view.key.text()},
            {"provider", view.key.provider.text()},
            {"transport", view.key.transport},
            {"state", coordination::name_of(view.phase)},
            {"failures", view.failures},
            {"successes", view.successes},
            {"wait_s", view.wait.count()},
            {"retry_at", seconds_or_null(view.retry_at)},
            {"changed_at", seconds_or_null(view.changed_at)},
            {"reason", text_or_null(observe::printable(view.reason))}};
}

json::object lock_object(coordination::LeaseView const& lock) {
    return {{"key", lock.key},
            {"label", lock.label},
            {"holder", lock.holder},
            {"fencing_token", lock.fencing_token},
            {"acquired_at", unix_seconds(lock.acquired_at)},
            {"expires_at", unix_seconds(lock.expires_at)},
            {"waiters", lock.waiters}};
}

json::object statistics_object(coordination::LeaseStatistics const& statistics) {
    return {{"held", statistics.held},           {"waiting", statistics.waiting},
            {"acquired", statistics.acquired},   {"contended", statistics.contended},
            {"timed_out", statistics.timed_out}, {"expired", statistics.expired},
            {"forced", statistics.forced}};
}

json::object item_object(RecoveryItem const& item) {
    auto const& intent = item.intent;
    json::array copies;
    for (auto const& copy : item.copies)
        copies.emplace_back(copy.text());
    return {{"intent", intent.id.text()},
            {"end", gateway::name_of(item.end)},
            {"provider", intent.key.provider.text()},
            {"account", intent.key.account.text()},
            {"purpose", intent.key.purpose.text()},
            {"filename", intent.filename},
            {"bytes", intent.bytes},
            {"sha256", intent.key.sha256.hex()},
            {"started_at", unix_seconds(intent.started_at)},
            {"copies", std::move(copies)},
            {"reason", text_or_null(observe::printable(item.reason))}};
}

// How many items came to each end; those to which none came are told, too.
json::object summary_object(std::vector<RecoveryItem> const& items) {
    using enum RecoveryItem::End;
    json::object summary;
    for (auto const end : {adopted, removed, absent, waiting, unknown}) {
        summary[gateway::name_of(end)] = std::ranges::count(items, end, &RecoveryItem::end);
    }
    return summary;
}

// As it is, since its hash covers every byte of it; only what no JSON can hold is escaped.
std::string exact(std::string const& text) {
    return decode_utf8(text) ? text : observe::printable(text);
}

json::object event_object(catalog::EventRecord const& event) {
    return {{"at", unix_seconds(event.at)},
            {"at_ms", event.at.time_since_epoch().count()},
            {"principal", text_or_null(exact(event.principal.text()))},
            {"door", text_or_null(exact(event.door))},
            {"peer_address", text_or_null(exact(event.peer_address))},
            {"request_id", text_or_null(exact(event.request.text()))},
            {"action", exact(event.action)},
            {"subject", exact(event.subject)},
            {"file_id", text_or_null(exact(event.file.text()))},
            {"outcome", exact(event.outcome)},
            {"error_code", event.error_code},
            {"detail", exact(event.detail)}};
}

json::object row_object(catalog::AuditRow const& row) {
    auto object = event_object(row.event);
    object["id"] = row.id;
    object["hash"] = exact(row.hash);
    return object;
}

json::object link_object(catalog::ChainLink const& link) {
    return {{"id", link.id}, {"hash", exact(link.hash)}};
}

std::string short_word(PartHealth const& part) {
    auto const what = observe::printable(part.what);
    if (part.state == PartHealth::State::well) return what;
    return fmt::format("{}: {}", gateway::name_of(part.state), what);
}

}  // namespace

net::ServerResponse breakers_answer(std::vector<BreakerView> const& views) {
    json::array breakers;
    for (auto const& view : views)
        breakers.push_back(breaker_object(view));
    return json_answer(200, {{"object", "list"}, {"breakers", std::move(breakers)}});
}

net::ServerResponse breaker_answer(BreakerView const& view) {
    return json_answer(200, breaker_object(view));
}

net::ServerResponse locks_answer(gateway::LockReport const& report) {
    json::array locks;
    for (auto const& lock : report.locks)
        locks.push_back(lock_object(lock));
    return json_answer(
        200, {{"statistics", statistics_object(report.statistics)}, {"locks", std::move(locks)}});
}

net::ServerResponse unlock_answer(std::string_view key, bool is_released) {
    return json_answer(200, {{"key", observe::printable(key)}, {"released", is_released}});
}

net::ServerResponse recovery_answer(gateway::RecoveryReport const& report,
                                    gateway::RecoveryMode mode) {
    json::array items;
    for (auto const& item : report.items)
        items.push_back(item_object(item));
    return json_answer(200, {{"dry_run", mode == gateway::RecoveryMode::dry},
                             {"complete", report.is_complete},
                             {"copies_removed", report.copies_removed},
                             {"items", std::move(items)},
                             {"summary", summary_object(report.items)}});
}

net::ServerResponse events_answer(std::vector<catalog::EventRecord> const& events) {
    json::array list;
    for (auto const& event : events)
        list.push_back(event_object(event));
    return json_answer(200, {{"object", "list"}, {"events", std::move(list)}});
}

net::ServerResponse audit_answer(catalog::AuditPage const& page) {
    json::array rows;
    for (auto const& row : page.rows)
        rows.push_back(row_object(row));
    return json_answer(200, {{"object", "list"},
                             {"data", std::move(rows)},
                             {"has_more", page.has_more},
                             {"next_after", page.looked_at_to},
                             {"anchor", link_object(page.bounds.anchor)},
                             {"head", link_object(page.bounds.head)}});
}

net::ServerResponse verdict_answer(catalog::AuditVerdict const& verdict) {
    json::value broken;
    if (verdict.broken) {
        broken = json::object{{"id", verdict.broken->id}, {"what", verdict.broken->what}};
    }
    return json_answer(200, {{"ok", !verdict.broken.has_value()},
                             {"rows", verdict.rows},
                             {"broken", std::move(broken)},
                             {"anchor", link_object(verdict.bounds.anchor)},
                             {"head", link_object(verdict.bounds.head)}});
}

net::ServerResponse health_answer(gateway::HealthReport const& report) {
    json::array parts;
    for (auto const& part : report.parts) {
        parts.push_back(json::object{{"name", part.name},
                                     {"state", gateway::name_of(part.state)},
                                     {"what", observe::printable(part.what)}});
    }
    return json_answer(200, {{"ready", report.is_ready}, {"parts", std::move(parts)}});
}

net::ServerResponse readiness_answer(gateway::HealthReport const& report) {
    json::object parts;
    for (auto const& part : report.parts)
        parts[part.name] = short_word(part);
    return json_answer(report.is_ready ? 200 : 503,
                       {{"ready", report.is_ready}, {"parts", std::move(parts)}});
}

net::ServerResponse bare_readiness_answer(bool is_ready) {
    return json_answer(is_ready ? 200 : 503, {{"ready", is_ready}});
}

Result<BreakerPhase> parse_breaker_state(std::string_view text) {
    TRY(auto const object, parse_object(text, R"({"state":"closed"})"));
    for (auto const& member : object) {
        if (member.key() == "state") continue;
        return fail(Error{.code = ErrorCode::validation_failed,
                          .message = fmt::format("there is no member \"{}\"; there is \"state\"",
                                                 std::string_view(member.key())),
                          .param = std::string(member.key())});
    }
    TRY(auto const word, text_member(object, "state"));
    auto const phase = coordination::phase_named(word);
    if (phase && *phase != BreakerPhase::half_open) return *phase;
    return fail(
        Error{.code = ErrorCode::validation_failed,
              .message = fmt::format("\"state\" is \"open\" or \"closed\", not \"{}\"", word),
              .param = "state"});
}

}  // namespace filegate::http
