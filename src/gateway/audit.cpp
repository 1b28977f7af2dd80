#include "gateway/audit.hpp"

#include "observe/escape.hpp"

namespace filegate::gateway {
namespace {

// Between rounds of background work that nobody waits for; stop() ends the pauses.
constexpr milliseconds writing_interval{250};
constexpr int writings_a_minute = 240;
constexpr seconds cutting_interval{600};
constexpr std::size_t text_bytes_max = 512;  // of anything a stranger may have chosen
constexpr std::size_t batch_max = 256;       // rows in one transaction

std::string bounded(std::string_view text) {
    auto const is_long = text.size() > text_bytes_max;
    return observe::printable(text.substr(0, text_bytes_max)) + (is_long ? "..." : "");
}

bool is_about_credentials(ErrorCode code) {
    return code == ErrorCode::unauthorized || code == ErrorCode::invalid_token ||
           code == ErrorCode::token_expired;
}

catalog::EventRecord repetition_of(catalog::EventRecord event, std::uint64_t count, WallTime now) {
    event.at = now;
    event.request = RequestId();
    event.detail = fmt::format("{} more like this in a minute", count);
    return event;
}

}  // namespace

std::optional<std::string_view> refusal_action(ErrorCode code) {
    using enum ErrorCode;
    if (is_about_credentials(code)) return "authentication.refused";
    if (code == permission_denied) return "permission.denied";
    if (code == quota_exceeded) return "quota.refused";
    if (code == rate_limited) return "rate.limited";
    if (code == invalid_path) return "path.refused";
    if (code == file_too_large) return "size.refused";
    if (code == invalid_file_type || code == malicious_file || code == invalid_extension ||
        code == unchecked_file || code == scanner_unavailable) {
        return "content.refused";
    }
    if (category(code) == ErrorCategory::access) return "access.refused";
    return std::nullopt;
}

catalog::Cause cause_of(access::Principal const& caller) {
    auto const& arrival = caller.arrival();
    return {.principal = caller.id(),
            .door = arrival.door,
            .peer_address = arrival.peer_address,
            .request = arrival.request};
}

catalog::EventRecord event_of(access::Principal const& caller, std::string action, WallTime now) {
    auto const& arrival = caller.arrival();
    return {.at = now,
            .principal = caller.id(),
            .action = std::move(action),
            .subject = {},
            .outcome = "done",
            .detail = {},
            .door = arrival.door,
            .peer_address = arrival.peer_address,
            .request = arrival.request};
}

Audit::Audit(AuditParts parts, AuditOptions options, AuditLimits limits)
    : parts_(parts), options_(options), limits_(limits), periodic_(parts.background) {}

Task<Result<void>> Audit::record(catalog::EventRecord event) {
    event.subject = bounded(event.subject);
    event.detail = bounded(event.detail);
    co_return co_await parts_.book.add_event(std::move(event));
}

void Audit::note_refusal(access::Arrival const& arrival, PrincipalId const& caller,
                         Error const& error, std::string subject) {
    auto const action = refusal_action(error.code);
    if (!action) return;
    note({.at = parts_.clock.wall_now(),
          .principal = caller,
          .action = std::string(*action),
          .subject = std::move(subject),
          .outcome = "refused",
          .detail = is_about_credentials(error.code) ? std::string(error_row(error.code).name)
                                                     : error.message,
          .door = arrival.door,
          .peer_address = arrival.peer_address,
          .request = arrival.request,
          .error_code = static_cast<std::int64_t>(error.code)});
}

void Audit::note(catalog::EventRecord event) {
    event.subject = bounded(event.subject);
    event.detail = bounded(event.detail);
    auto const is_stranger = event.principal.text().empty();
    auto const who = is_stranger ? event.peer_address : event.principal.text();
    Kind kind{event.action, who, event.peer_address, event.error_code,
              event.subject + event.file.text()};
    std::scoped_lock const lock(mutex_);
    if (auto const known = noted_.find(kind); known != noted_.end()) {
        ++known->second.repetitions;
        return;
    }
    bool const fits =
        is_stranger ? has_room(strangers_, who, limits_.strangers_max, limits_.stranger_max)
                    : has_room(principals_, who, limits_.principals_max, limits_.principal_max);
    if (!fits) {
        ++dropped_;
        return;
    }
    new_.push_back(kind);
    noted_.emplace(std::move(kind), Noted{.event = std::move(event)});
}

bool Audit::has_room(Crowd& crowd, std::string const& who, std::size_t all_max,
                     std::size_t one_max) {
    if (crowd.kinds == all_max) return false;
    auto& own = crowd.kinds_of[who];
    if (own == one_max) return false;
    ++own;
    ++crowd.kinds;
    return true;
}

std::vector<catalog::EventRecord> Audit::take_new() {
    std::scoped_lock const lock(mutex_);
    return new_events();
}

std::vector<catalog::EventRecord> Audit::new_events() {
    std::vector<catalog::EventRecord> events;
    for (auto const& kind : std::exchange(new_, {}))
        events.push_back(noted_.at(kind).event);
    return events;
}

std::vector<catalog::EventRecord> Audit::end_minute() {
    auto const now = parts_.clock.wall_now();
    std::scoped_lock const lock(mutex_);
    auto events = new_events();
    for (auto& [kind, noted] : noted_) {
        if (noted.repetitions == 0) continue;
        events.push_back(repetition_of(std::move(noted.event), noted.repetitions, now));
    }
    noted_.clear();
    strangers_ = {};
    principals_ = {};
    if (auto const dropped = std::exchange(dropped_, 0); dropped > 0) {
        events.push_back({.at = now,
                          .principal = PrincipalId(),
                          .action = "trail.dropped",
                          .subject = "notes",
                          .outcome = "done",
                          .detail = fmt::format("{} more refusals or reads of other kinds in a "
                                                "minute than are written one by one",
                                                dropped)});
    }
    return events;
}

// In the background nobody can be refused for a trail that cannot be written: the log has it then.
Task<void> Audit::write(std::vector<catalog::EventRecord> events) {
    while (!events.empty()) {
        auto const rest =
            events.begin() + static_cast<std::ptrdiff_t>(std::min(events.size(), batch_max));
        std::vector<catalog::EventRecord> batch(events.begin(), rest);
        events.erase(events.begin(), rest);
        auto const count = batch.size();
        auto const written = co_await parts_.book.add_events(std::move(batch));
        if (written) continue;
        parts_.log.write(observe::LogLevel::error, "audit.not_kept",
                         {{"rows", static_cast<std::int64_t>(count)},
                          {"message", written.error().message},
                          {"detail", written.error().detail}});
    }
}

void Audit::run_periodically() {
    periodic_.spawn(write_periodically());
    periodic_.spawn(cut_periodically());
}

Task<void> Audit::write_periodically() {
    for (int i = 1;; i = i % writings_a_minute + 1) {
        co_await sleep_for(writing_interval);
        TaskContext uncancelled(parts_.background);  // what was taken is written
        co_await write(i == writings_a_minute ? end_minute() : take_new()).in(uncancelled);
    }
}

Task<void> Audit::cut_periodically() {
    while (true) {
        co_await cut();
        co_await sleep_for(cutting_interval);
    }
}

// A page at a time, so that others may write in between.
Task<void> Audit::cut() {
    while (true) {
        auto const now = parts_.clock.wall_now();
        auto const cut = co_await parts_.book.cut_audit(
            {.before = now - options_.retention, .rows_max = options_.rows_max, .now = now});
        if (!cut) {
            parts_.log.write(observe::LogLevel::warning, "audit.not_cut",
                             {{"message", cut.error().message}, {"detail", cut.error().detail}});
        }
        if (!cut || *cut < catalog::audit_rows_looked_at_max) co_return;
    }
}

Task<void> Audit::stop() {
    periodic_.cancel();
    co_await periodic_.join();
    co_await write(end_minute());
}

}  // namespace filegate::gateway
