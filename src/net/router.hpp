#pragma once
// A table of method and path pattern, so that an API stands on one screen:
//
//   {"GET", "/v1/files/{id}/content"}   matches /v1/files/file-123/content with {"file-123"}
//
// A HEAD request matches a GET row. Segments are percent-decoded after they are split; one that
// cannot be is an error of the {segment} it stands for.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace filegate::net {

struct RoutePattern {
    std::string_view method;
    std::string_view path;
};

struct RouteMatch {
    enum class Kind : std::uint8_t { found, no_such_path, wrong_method, bad_value };
    Kind kind = Kind::no_such_path;
    std::size_t index = 0;            // the row, when found
    std::vector<std::string> values;  // of the {segments}, in order
    std::string allow;                // for the Allow header, when the method is wrong
    std::optional<Error> problem;     // of a bad value, with the {segment}'s name as `param`
};

RouteMatch match_route(std::span<RoutePattern const> table, std::string_view method,
                       std::string_view path);

}  // namespace filegate::net
