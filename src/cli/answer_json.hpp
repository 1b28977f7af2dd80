#pragma once
// A server's JSON, read with limits. It may be hostile or no Filegate at all: what does not fit is
// empty or an error, never a crash.

#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"

namespace filegate::cli {

// None: not one JSON object of a few levels.
std::optional<boost::json::object> parse_object(std::string_view body);

// Absent, null and of another type are all the same: empty, 0, false, nothing.
std::string text(boost::json::object const& object, std::string_view name);
std::int64_t number(boost::json::object const& object, std::string_view name);
bool flag(boost::json::object const& object, std::string_view name);
boost::json::object const* member(boost::json::object const& object, std::string_view name);
// The objects of a list, other things left out.
std::vector<boost::json::object const*> members(boost::json::object const& object,
                                                std::string_view name, std::size_t count_max);

boost::json::value text_or_null(std::string const& value);

Failure strange_answer(std::string_view body);

}  // namespace filegate::cli
