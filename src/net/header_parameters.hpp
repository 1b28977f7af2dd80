#pragma once
// The parameters of a header value: what follows the first word of Content-Type and
// Content-Disposition. Quoted strings are read as browsers write them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace filegate::net {

struct HeaderValue {
    struct Parameter {
        std::string name;  // lower case
        std::string value;
    };
    std::string word;  // lower case: form-data, multipart/form-data
    std::vector<Parameter> parameters;

    // The only parameter of that name; validation_failed when it comes twice.
    Result<std::optional<std::string>> find(std::string_view name) const;
};

Result<HeaderValue> parse_header_value(std::string_view text);

std::string ascii_lower(std::string_view text);
std::string_view trim_blanks(std::string_view text);  // spaces and tabs, on both sides
bool is_alphanumeric_or(std::string_view marks, std::string_view text);  // every byte is
bool is_token(std::string_view text);  // RFC 9110 section 5.6.2; not empty

}  // namespace filegate::net
