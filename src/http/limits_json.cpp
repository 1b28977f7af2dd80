#include "http/limits_json.hpp"

#include "http/json_values.hpp"
#include "observe/escape.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::uint64_t limit_bytes_max = 1ULL << 60;

json::object quota_object(access::QuotaView const& quota) {
    return {{"limit_bytes", quota.limit_bytes},
            {"used_bytes", quota.used_bytes},
            {"reserved_bytes", quota.reserved_bytes},
            {"left_bytes", quota.left_bytes},
            {"file_count", quota.file_count}};
}

json::object principal_object(gateway::PrincipalQuota const& one) {
    json::object object{{"principal", observe::printable(one.principal.text())}};
    for (auto const& member : quota_object(one.quota))
        object[member.key()] = member.value();
    object["is_default"] = one.is_default;
    return object;
}

json::value rates_object(std::optional<access::RateOptions> const& rates) {
    if (!rates) return {};
    return json::object{{"requests_per_second", rates->requests_per_second},
                        {"address_requests_per_second", rates->address_requests_per_second},
                        {"failed_logins_per_minute", rates->failed_logins_per_minute},
                        {"upload_bytes_per_second", rates->upload_bytes_per_second},
                        {"uploads_at_once", rates->uploads_at_once},
                        {"burst_s", rates->burst.count()}};
}

json::array words_array(std::vector<Purpose> const& words) {
    json::array array;
    for (auto const& word : words)
        array.emplace_back(word.text());
    return array;
}

json::object providers_object(std::vector<gateway::ProviderPurposes> const& providers) {
    json::object object;
    for (auto const& one : providers) {
        object[one.provider.text()] = json::object{{"purposes", words_array(one.purposes)},
                                                   {"default_purpose", one.default_purpose.text()}};
    }
    return object;
}

}  // namespace

net::ServerResponse limits_answer(gateway::LimitsReport const& report) {
    return json_answer(
        200, {{"object", "limits"},
              {"file_bytes_max", report.file_bytes_max},
              {"quota", report.quota ? json::value(quota_object(*report.quota)) : json::value()},
              {"rates", rates_object(report.rates)},
              {"purposes", words_array(report.purposes)},
              {"providers", providers_object(report.providers)}});
}

net::ServerResponse quotas_answer(gateway::QuotaPage const& page) {
    json::array quotas;
    for (auto const& one : page.quotas)
        quotas.push_back(principal_object(one));
    return json_answer(
        200, {{"object", "list"}, {"quotas", std::move(quotas)}, {"has_more", page.has_more}});
}

net::ServerResponse quota_answer(gateway::PrincipalQuota const& quota) {
    return json_answer(200, principal_object(quota));
}

void add_quota_headers(net::Headers& headers, access::QuotaView const& quota) {
    headers.add("X-Filegate-Quota-Limit", std::to_string(quota.limit_bytes));
    headers.add("X-Filegate-Quota-Used", std::to_string(quota.used_bytes));
    headers.add("X-Filegate-Quota-Left", std::to_string(quota.left_bytes));
}

Result<std::optional<std::uint64_t>> parse_quota_limit(std::string_view text) {
    TRY(auto const object, parse_object(text, R"({"limit_bytes": 10737418240})"));
    for (auto const& member : object) {
        if (member.key() == "limit_bytes") continue;
        return fail(Error{.code = ErrorCode::validation_failed,
                          .message = fmt::format("there is no member \"{}\"; there is "
                                                 "\"limit_bytes\"",
                                                 std::string_view(member.key())),
                          .param = std::string(member.key())});
    }
    auto const* const value = object.if_contains("limit_bytes");
    if (value != nullptr && value->is_null()) return std::nullopt;
    boost::system::error_code no_number;
    auto const limit = value == nullptr ? 0 : value->to_number<std::uint64_t>(no_number);
    if (value != nullptr && !no_number && limit <= limit_bytes_max) return limit;
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = fmt::format("\"limit_bytes\" is a whole number from 0 to {}, or "
                                             "null for the default",
                                             limit_bytes_max),
                      .param = "limit_bytes"});
}

}  // namespace filegate::http
