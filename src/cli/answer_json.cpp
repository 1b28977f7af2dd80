#include "cli/answer_json.hpp"

#include <fmt/format.h>

#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 16;
constexpr std::size_t text_bytes_max = 64 * 1024;
constexpr std::size_t shown_bytes_max = 200;

}  // namespace

std::optional<json::object> parse_object(std::string_view body) {
    json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code trouble;
    auto value = json::parse(json::string_view(body.data(), body.size()), trouble, {}, options);
    if (trouble || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    auto const& found = value->get_string();
    return {found.data(), std::min(found.size(), text_bytes_max)};
}

std::int64_t number(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr) return 0;
    boost::system::error_code misfit;
    auto const found = value->to_number<std::int64_t>(misfit);
    return misfit ? 0 : found;
}

bool flag(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

json::object const* member(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

std::vector<json::object const*> members(json::object const& object, std::string_view name,
                                         std::size_t count_max) {
    std::vector<json::object const*> out;
    auto const* const value = object.if_contains(name);
    auto const* const list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr) return out;
    for (auto const& item : *list) {
        if (out.size() == count_max) break;
        if (auto const* const found = item.if_object()) out.push_back(found);
    }
    return out;
}

Failure strange_answer(std::string_view body) {
    return {.error = {.code = ErrorCode::network_error,
                      .message = fmt::format("the answer is not Filegate's: {}",
                                             observe::printable(body.substr(0, shown_bytes_max)))},
            .hint = "check --server or FILEGATE_URL"};
}

json::value text_or_null(std::string const& value) {
    return value.empty() ? json::value() : json::value(value);
}

}  // namespace filegate::cli
