#include "cli/quota_object.hpp"

#include <algorithm>

#include "cli/answer_json.hpp"
#include "cli/progress.hpp"
#include "cli/text_table.hpp"

namespace filegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t objects_max = 100'000;

std::uint64_t bytes(json::object const& object, std::string_view name) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(object, name)));
}

std::optional<QuotaObject> quota_from(json::object const& object) {
    QuotaObject quota{.principal = text(object, "principal"),
                      .limit_bytes = bytes(object, "limit_bytes"),
                      .used_bytes = bytes(object, "used_bytes"),
                      .reserved_bytes = bytes(object, "reserved_bytes"),
                      .left_bytes = bytes(object, "left_bytes"),
                      .file_count = number(object, "file_count"),
                      .is_default = flag(object, "is_default"),
                      .json = json::serialize(object)};
    if (quota.principal.empty() || !object.contains("limit_bytes")) return std::nullopt;
    return quota;
}

}  // namespace

Answer<QuotaObject> parse_quota(std::string_view body) {
    auto const object = parse_object(body);
    auto quota = object ? quota_from(*object) : std::nullopt;
    if (!quota) return std::unexpected(strange_answer(body));
    return *std::move(quota);
}

Answer<QuotaObjects> parse_quotas(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || !object->contains("quotas")) return std::unexpected(strange_answer(body));
    QuotaObjects found{.quotas = {}, .has_more = flag(*object, "has_more")};
    for (auto const* const one : members(*object, "quotas", objects_max)) {
        auto quota = quota_from(*one);
        if (!quota) return std::unexpected(strange_answer(body));
        found.quotas.push_back(*std::move(quota));
    }
    return found;
}

std::string quota_table(std::span<QuotaObject const> quotas) {
    if (quotas.empty()) return "";
    std::vector<std::vector<std::string>> rows{
        {"PRINCIPAL", "LIMIT", "USED", "RESERVED", "LEFT", "FILES", "LIMIT FROM"}};
    for (auto const& one : quotas) {
        rows.push_back({one.principal, human_size(one.limit_bytes), human_size(one.used_bytes),
                        human_size(one.reserved_bytes), human_size(one.left_bytes),
                        std::to_string(one.file_count), one.is_default ? "default" : "own"});
    }
    return text_table(std::move(rows));
}

}  // namespace filegate::cli
