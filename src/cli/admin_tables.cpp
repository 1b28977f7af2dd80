// Breakers, locks and intents as tables.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/admin_objects.hpp"
#include "cli/progress.hpp"
#include "cli/text_table.hpp"

namespace filegate::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string seconds_text(std::int64_t count) {
    return count > 0 ? fmt::format("{} s", count) : "-";
}

std::string or_dash(std::string const& text) {
    return text.empty() ? "-" : text;
}

}  // namespace

std::string breaker_table(std::span<BreakerObject const> breakers) {
    if (breakers.empty()) return "";
    Rows rows{{"BREAKER", "STATE", "FAILURES", "GOOD PROBES", "WAIT", "TRIED AGAIN (UTC)",
               "CHANGED (UTC)", "REASON"}};
    for (auto const& one : breakers) {
        rows.push_back({one.key, one.state, std::to_string(one.failures),
                        std::to_string(one.successes), seconds_text(one.wait_s),
                        time_text(one.retry_at), time_text(one.changed_at), or_dash(one.reason)});
    }
    return text_table(std::move(rows));
}

std::string lock_table(std::span<LockObject const> locks) {
    if (locks.empty()) return "";
    Rows rows{{"LOCK", "HOLDER", "SINCE (UTC)", "EXPIRES (UTC)", "WAITERS", "TOKEN", "KEY"}};
    for (auto const& one : locks) {
        rows.push_back({one.label, one.holder, time_text(one.acquired_at),
                        time_text(one.expires_at), std::to_string(one.waiters),
                        std::to_string(one.fencing_token), one.key});
    }
    return text_table(std::move(rows));
}

std::string statistics_table(LockObjects const& locks) {
    Rows rows;
    for (auto const& [name, count] : locks.statistics)
        rows.push_back({name, std::to_string(count)});
    return text_table(std::move(rows));
}

std::string recovery_table(RecoveryObjects const& report) {
    std::string out;
    if (!report.items.empty()) {
        Rows rows{
            {"END", "PROVIDER", "PURPOSE", "SIZE", "STARTED (UTC)", "COPIES", "NAME", "REASON"}};
        for (auto const& one : report.items) {
            rows.push_back({one.end, fmt::format("{}/{}", one.provider, one.account), one.purpose,
                            human_size(one.bytes), time_text(one.started_at),
                            or_dash(fmt::format("{}", fmt::join(one.copies, ","))), one.filename,
                            or_dash(one.reason)});
        }
        out = text_table(std::move(rows));
    }
    std::string counts;
    for (auto const& [end, count] : report.summary) {
        if (count > 0) counts += fmt::format("{}{} {}", counts.empty() ? ": " : ", ", count, end);
    }
    auto const count = report.items.size();
    out +=
        fmt::format("{}{} open intent{}{}", report.is_dry_run ? "dry run, nothing changed; " : "",
                    count, count == 1 ? "" : "s", counts);
    if (!report.is_dry_run) {
        out += fmt::format("; {} marked copies removed", report.copies_removed);
    }
    return out + "\n";
}

}  // namespace filegate::cli
