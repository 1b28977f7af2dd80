#include <charconv>

#include <fmt/format.h>

#include "app/offline_audit.hpp"
#include "cli/verbs.hpp"
#include "config/units.hpp"

namespace filegate::cli {
namespace {

using Action = AuditCommand::Action;
using Format = AuditCommand::Format;

std::optional<int> digits(std::string_view text) {
    int number = 0;
    auto const* const end = text.data() + text.size();
    auto const [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || rest != end || text.starts_with('-')) return std::nullopt;
    return number;
}

std::optional<std::int64_t> day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    auto const year = digits(text.substr(0, 4));
    auto const month = digits(text.substr(5, 2));
    auto const date = digits(text.substr(8, 2));
    if (!year || !month || !date) return std::nullopt;
    std::chrono::year_month_day const found{std::chrono::year(*year),
                                            std::chrono::month(static_cast<unsigned>(*month)),
                                            std::chrono::day(static_cast<unsigned>(*date))};
    if (!found.ok()) return std::nullopt;
    return unix_seconds(WallTime(std::chrono::sys_days(found)));
}

std::expected<std::optional<std::int64_t>, Failure> time_of(std::string const& option,
                                                            std::string const& text, WallTime now) {
    if (text.empty()) return std::nullopt;
    if (auto const found = day(text)) return found;
    if (text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 12) {
        return std::stoll(text);
    }
    if (auto const ago = config::parse_duration(text)) return unix_seconds(now - *ago);
    return failed(ErrorCode::validation_failed,
                  fmt::format("{} is a time ago such as 24h, a day such as 2026-01-31, or seconds "
                              "since 1970, not \"{}\"",
                              option, text));
}

Task<int> show(ApiClient& api, AuditCommand command, Console const& console) {
    if (command.format == Format::csv && !console.out(csv_head() + "\n")) {
        co_return exit_code(ErrorCode::storage_error);
    }
    while (true) {
        auto const page = co_await api.audit_page(command.wish);
        if (!page) co_return give_up(page.error(), console);
        std::string out;
        for (auto const& row : command.format == Format::csv ? page->csv : page->jsonl)
            out += row + "\n";
        if (!out.empty() && !console.out(out)) co_return exit_code(ErrorCode::storage_error);
        if (!page->has_more) co_return exit_ok;
        if (page->next_after <= command.wish.after) {
            co_return give_up(
                failed(ErrorCode::network_error, "the server does not get on with its trail")
                    .error(),
                console);
        }
        command.wish.after = page->next_after;
    }
}

int tell(AuditVerdictObject const& verdict, bool is_json, Console const& console) {
    auto const text = is_json ? verdict_json(verdict) : verdict_line(verdict);
    bool const is_told = console.out(text);
    return verdict.is_whole && is_told ? exit_ok : exit_code(ErrorCode::catalog_corrupt);
}

int verify_offline(AuditCommand const& command, Console const& console) {
    std::optional<std::pair<std::int64_t, std::string>> noted;
    if (auto const colon = command.noted.find(':'); colon != std::string::npos) {
        noted = {std::strtoll(command.noted.c_str(), nullptr, 10), command.noted.substr(colon + 1)};
    } else if (!command.noted.empty()) {
        return give_up(failed(ErrorCode::validation_failed, "--noted is ID:HASH").error(), console);
    }
    auto const report = app::verify_audit_offline(command.data_folder, noted);
    if (!report) return give_up(failed(report.error()).error(), console);
    return tell({.is_whole = !report->broken_id,
                 .rows = static_cast<std::int64_t>(report->rows),
                 .head = fmt::format("{}:{}", report->head_id, report->head_hash),
                 .broken_id = report->broken_id.value_or(0),
                 .broken_what = report->broken_what},
                command.is_json, console);
}

}  // namespace

Task<int> audit(AuditCommand command, ClientTools& tools) {
    auto const& console = tools.console;
    if (command.action == Action::verify && !command.data_folder.empty()) {
        auto look = [&] { return verify_offline(command, console); };
        co_return co_await tools.workers.run(look);
    }
    ApiClient api(tools.http, command.server);
    if (command.action == Action::verify) {
        auto const verdict = co_await api.verify_audit(command.noted);
        if (!verdict) co_return give_up(verdict.error(), console);
        co_return tell(*verdict, command.is_json, console);
    }
    auto const now = tools.clock.wall_now();
    auto const since = time_of("--since", command.since, now);
    if (!since) co_return give_up(since.error(), console);
    auto const until = time_of("--until", command.until, now);
    if (!until) co_return give_up(until.error(), console);
    command.wish.since = *since;
    command.wish.until = *until;
    co_return co_await show(api, std::move(command), console);
}

}  // namespace filegate::cli
