#include "http/refusal_log.hpp"

namespace filegate::http {

void RefusalLog::write(Error const& error, RequestId const& id) {
    auto const is_ours = error_row(error.code).http_status >= 500;
    auto const left_out = take(is_ours ? ours_ : callers_);
    if (!left_out) return;
    auto const level = is_ours ? observe::LogLevel::warning : observe::LogLevel::info;
    if (*left_out > 0) {
        log_.write(level, "http.refusals_left_out",
                   {{"lines", static_cast<std::int64_t>(*left_out)},
                    {"lines_a_minute", static_cast<std::int64_t>(lines_a_minute)}});
    }
    log_.write(level, "http.refused",
               {{"request_id", id.text()},
                {"error", std::string(error_row(error.code).name)},
                {"message", error.message},
                {"detail", error.detail}});
}

std::optional<std::uint64_t> RefusalLog::take(Budget& budget) {
    auto const now = clock_.monotonic_now();
    std::scoped_lock const lock(mutex_);
    if (now >= budget.minute_ends) {
        budget.minute_ends = now + std::chrono::minutes(1);
        budget.lines = 0;
    }
    if (budget.lines == lines_a_minute) {
        ++budget.left_out;
        return std::nullopt;
    }
    ++budget.lines;
    return std::exchange(budget.left_out, 0);
}

}  // namespace filegate::http
