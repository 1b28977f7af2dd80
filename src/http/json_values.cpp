#include "http/json_values.hpp"

#include <fmt/format.h>

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 4;

}  // namespace

net::ServerResponse json_answer(int status, json::object const& body) {
    net::ServerResponse answer{.status = status};
    answer.headers.add("Content-Type", "application/json");
    answer.body = json::serialize(body) + "\n";
    return answer;
}

json::value text_or_null(std::string const& text) {
    return text.empty() ? json::value() : json::value(text);
}

json::value seconds_or_null(std::optional<WallTime> time) {
    return time ? json::value(unix_seconds(*time)) : json::value();
}

Result<json::object> parse_object(std::string_view text, std::string_view example) {
    boost::system::error_code malformed;
    json::parse_options options;
    options.max_depth = depth_max;
    auto value = json::parse(text, malformed, {}, options);
    if (malformed || !value.is_object()) {
        return fail(ErrorCode::validation_failed,
                    fmt::format("the body must be a JSON object such as {}", example),
                    malformed.message());
    }
    return std::move(value.get_object());
}

Result<std::string> text_member(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::string();
    if (value->is_string()) return std::string(value->get_string());
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = fmt::format("\"{}\" must be a string", name),
                      .param = std::string(name)});
}

}  // namespace filegate::http
