#include "cli/admin_objects.hpp"

#include "cli/answer_json.hpp"

namespace filegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t objects_max = 100'000;

std::int64_t time_or_none(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value == nullptr || !value->is_number() ? -1 : number(object, name);
}

std::optional<BreakerObject> breaker_from(json::object const& object) {
    BreakerObject breaker{.key = text(object, "key"),
                          .state = text(object, "state"),
                          .failures = number(object, "failures"),
                          .successes = number(object, "successes"),
                          .wait_s = number(object, "wait_s"),
                          .retry_at = time_or_none(object, "retry_at"),
                          .changed_at = time_or_none(object, "changed_at"),
                          .reason = text(object, "reason"),
                          .json = json::serialize(object)};
    if (breaker.key.empty() || breaker.state.empty()) return std::nullopt;
    return breaker;
}

LockObject lock_from(json::object const& object) {
    return {.key = text(object, "key"),
            .label = text(object, "label"),
            .holder = text(object, "holder"),
            .fencing_token = number(object, "fencing_token"),
            .acquired_at = time_or_none(object, "acquired_at"),
            .expires_at = time_or_none(object, "expires_at"),
            .waiters = number(object, "waiters"),
            .json = json::serialize(object)};
}

std::vector<std::pair<std::string, std::int64_t>> numbers_of(json::object const& object) {
    std::vector<std::pair<std::string, std::int64_t>> numbers;
    for (auto const& one : object)
        numbers.emplace_back(one.key(), number(object, one.key()));
    return numbers;
}

std::vector<std::string> texts_of(json::object const& object, std::string_view name) {
    std::vector<std::string> texts;
    auto const* const value = object.if_contains(name);
    auto const* const list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr) return texts;
    for (auto const& one : *list) {
        if (one.is_string()) texts.emplace_back(one.get_string());
    }
    return texts;
}

RecoveryObject item_from(json::object const& object) {
    return {.end = text(object, "end"),
            .provider = text(object, "provider"),
            .account = text(object, "account"),
            .purpose = text(object, "purpose"),
            .filename = text(object, "filename"),
            .bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(object, "bytes"))),
            .started_at = time_or_none(object, "started_at"),
            .copies = texts_of(object, "copies"),
            .reason = text(object, "reason")};
}

}  // namespace

Answer<BreakerObject> parse_breaker(std::string_view body) {
    auto const object = parse_object(body);
    auto breaker = object ? breaker_from(*object) : std::nullopt;
    if (!breaker) return std::unexpected(strange_answer(body));
    return *std::move(breaker);
}

Answer<std::vector<BreakerObject>> parse_breakers(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || !object->contains("breakers")) return std::unexpected(strange_answer(body));
    std::vector<BreakerObject> breakers;
    for (auto const* const one : members(*object, "breakers", objects_max)) {
        auto breaker = breaker_from(*one);
        if (!breaker) return std::unexpected(strange_answer(body));
        breakers.push_back(*std::move(breaker));
    }
    return breakers;
}

Answer<LockObjects> parse_locks(std::string_view body) {
    auto const object = parse_object(body);
    auto const* const statistics = object ? member(*object, "statistics") : nullptr;
    if (statistics == nullptr) return std::unexpected(strange_answer(body));
    LockObjects found{.statistics = numbers_of(*statistics),
                      .statistics_json = json::serialize(*statistics)};
    for (auto const* const one : members(*object, "locks", objects_max))
        found.locks.push_back(lock_from(*one));
    return found;
}

Answer<bool> parse_unlocked(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || !object->contains("released")) return std::unexpected(strange_answer(body));
    return flag(*object, "released");
}

Answer<RecoveryObjects> parse_recovery(std::string_view body) {
    auto const object = parse_object(body);
    auto const* const summary = object ? member(*object, "summary") : nullptr;
    if (summary == nullptr) return std::unexpected(strange_answer(body));
    RecoveryObjects report{.is_dry_run = flag(*object, "dry_run"),
                           .is_complete = flag(*object, "complete"),
                           .copies_removed = number(*object, "copies_removed"),
                           .summary = numbers_of(*summary),
                           .json = json::serialize(*object)};
    for (auto const* const one : members(*object, "items", objects_max))
        report.items.push_back(item_from(*one));
    return report;
}

Answer<std::vector<PartObject>> parse_health(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || !object->contains("parts")) return std::unexpected(strange_answer(body));
    std::vector<PartObject> parts;
    for (auto const* const one : members(*object, "parts", objects_max))
        parts.push_back({text(*one, "name"), text(*one, "state"), text(*one, "what")});
    return parts;
}

}  // namespace filegate::cli
