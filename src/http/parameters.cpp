#include "http/parameters.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace filegate::http {

std::unexpected<Error> refuse_parameter(std::string_view param, std::string message) {
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = std::move(message),
                      .param = std::string(param)});
}

Result<std::size_t> limit_parameter(net::Query const& query, std::size_t otherwise,
                                    std::size_t max) {
    auto const text = query.find("limit");
    if (!text) return otherwise;
    std::size_t limit = 0;
    auto const* const text_end = text->data() + text->size();
    auto const [end, problem] = std::from_chars(text->data(), text_end, limit);
    auto const is_number = problem == std::errc() && end == text_end;
    if (is_number && limit >= 1 && limit <= max) return limit;
    return refuse_parameter("limit",
                            fmt::format("limit is a number from 1 to {}, not '{}'", max, *text));
}

Result<bool> flag_parameter(net::Query const& query, std::string_view name) {
    auto const word = query.find(name).value_or("false");
    if (word == "true" || word == "false") return word == "true";
    return refuse_parameter(name, fmt::format("{} is true or false, not '{}'", name, word));
}

Result<void> check_parameter_names(net::Query const& query,
                                   std::initializer_list<std::string_view> names) {
    for (auto const& [name, value] : query.parameters()) {
        if (std::ranges::find(names, name) != names.end()) continue;
        return refuse_parameter(name, fmt::format("there is no parameter '{}' here; there are: {}",
                                                  name, fmt::join(names, ", ")));
    }
    return {};
}

}  // namespace filegate::http
