#pragma once
// JSON as this door writes and reads it.

#include <boost/json.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

net::ServerResponse json_answer(int status, boost::json::object const& body);

boost::json::value text_or_null(std::string const& text);
boost::json::value seconds_or_null(std::optional<WallTime> time);

// A request's body: one object of a few levels. Whoever sent something else is shown `example`.
Result<boost::json::object> parse_object(std::string_view text, std::string_view example);
// Absent and null are empty; anything else but text is refused.
Result<std::string> text_member(boost::json::object const& object, std::string_view name);

}  // namespace filegate::http
