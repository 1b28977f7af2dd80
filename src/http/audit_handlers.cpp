// The audit trail's rows of routes.cpp.

#include <charconv>

#include "http/admin_json.hpp"
#include "http/api.hpp"
#include "http/parameters.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t rows_default = 100;
constexpr std::size_t rows_max = 1000;

Result<std::int64_t> number_parameter(net::Query const& query, std::string_view name) {
    auto const text = query.find(name).value_or("");
    std::int64_t number = 0;
    if (text.empty()) return number;
    auto const* const end = text.data() + text.size();
    auto const [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || rest != end || number < 0) {
        return refuse_parameter(name,
                                fmt::format("{} is a number, 0 or more, not '{}'", name, text));
    }
    return number;
}

// Whole seconds since the epoch, as all times of this API.
Result<std::optional<WallTime>> time_parameter(net::Query const& query, std::string_view name) {
    TRY(auto const number, number_parameter(query, name));
    if (number > unix_seconds_max)
        return refuse_parameter(name, fmt::format("{} is too far away", name));
    return number == 0 ? std::nullopt : std::optional(WallTime(seconds(number)));
}

Result<catalog::AuditQuery> audit_query(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    TRY(check_parameter_names(query,
                              {"after", "limit", "principal", "action", "file", "since", "until"}));
    catalog::AuditQuery asked;
    TRY(asked.after, number_parameter(query, "after"));
    TRY(asked.limit, limit_parameter(query, rows_default, rows_max));
    if (auto const principal = query.find("principal"); principal && !principal->empty()) {
        asked.principal = PrincipalId(std::string(*principal));
    }
    if (auto const file = query.find("file"); file && !file->empty()) {
        asked.file = FileId(std::string(*file));
    }
    asked.action = query.find("action").value_or("");
    TRY(asked.since, time_parameter(query, "since"));
    TRY(asked.until, time_parameter(query, "until"));
    return asked;
}

// ID:HASH, as an export or an earlier verdict told it.
Result<std::optional<catalog::ChainLink>> noted_head(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    TRY(check_parameter_names(query, {"noted"}));
    auto const noted = query.find("noted").value_or("");
    if (noted.empty()) return std::nullopt;
    auto const colon = noted.find(':');
    catalog::ChainLink link;
    auto const* const end = noted.data() + std::min(colon, noted.size());
    auto const [rest, problem] = std::from_chars(noted.data(), end, link.id);
    if (colon == std::string_view::npos || problem != std::errc() || rest != end) {
        return refuse_parameter("noted", "noted is ID:HASH, a head that was told before");
    }
    link.hash = noted.substr(colon + 1);
    return link;
}

}  // namespace

Api::Answer Api::audit(Call& call) {
    CO_TRY(auto query, audit_query(call.request.query));
    CO_TRY(auto const page, co_await parts_.operations.audit_page(call.caller, std::move(query)));
    co_return audit_answer(page);
}

Api::Answer Api::verify_audit(Call& call) {
    CO_TRY(auto noted, noted_head(call.request.query));
    CO_TRY(auto const verdict,
           co_await parts_.operations.verify_audit(call.caller, std::move(noted)));
    co_return verdict_answer(verdict);
}

}  // namespace filegate::http
