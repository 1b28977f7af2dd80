#pragma once
// Query parameters that several endpoints take. Refusals name the parameter.

#include <span>

#include "net/url.hpp"

namespace filegate::http {

std::unexpected<Error> refuse_parameter(std::string_view param, std::string message);

// `limit`, a number from 1 to `max`.
Result<std::size_t> limit_parameter(net::Query const& query, std::size_t otherwise,
                                    std::size_t max);
// true or false, false when it is not given.
Result<bool> flag_parameter(net::Query const& query, std::string_view name);
// A misspelt parameter must not be taken for one that was left out.
Result<void> check_parameter_names(net::Query const& query,
                                   std::initializer_list<std::string_view> names);

}  // namespace filegate::http
