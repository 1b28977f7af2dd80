#pragma once
// Percent-coding and query strings (RFC 3986; queries as application/x-www-form-urlencoded).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace filegate::net {

Result<std::string> percent_decode(std::string_view text);  // validation_failed on a bad escape
std::string percent_encode(std::string_view text);          // everything but RFC 3986 unreserved

// The parameters of a query, decoded, in order.
class Query {
public:
    static Result<Query> parse(std::string_view query);
    std::optional<std::string_view> find(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> const& parameters() const {
        return parameters_;
    }

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace filegate::net
