// Header values with parameters:
//
//   value     = word *( ";" [ parameter ] )          blanks are allowed around every element
//   parameter = name "=" ( bare / quoted )
//   name      = token
//   bare      = 1*( any byte but ";", DQUOTE and blanks )
//   quoted    = DQUOTE *( any byte but DQUOTE / "\" DQUOTE ) DQUOTE
//
// A bare value may hold more than a token: clients send boundaries with "/" and "=" unquoted. In a
// quoted value a backslash stands for itself, because browsers send C:\notes\a.txt as it is; only
// before a quote does it escape, and not when that quote is the value's last: "dir\" ends there.

#include "net/header_parameters.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace filegate::net {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::unexpected<Error> bad_syntax(std::string_view what) {
    return fail(ErrorCode::validation_failed,
                fmt::format("a header's parameters are malformed: {}; write them as name=\"value\" "
                            "with ';' between them",
                            what));
}

void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest.front()))
        rest.remove_prefix(1);
}

std::string_view take_until(std::string_view& rest, std::string_view stops) {
    auto const taken = rest.substr(0, rest.find_first_of(stops));
    rest.remove_prefix(taken.size());
    return taken;
}

Result<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        auto const is_escape =
            rest.substr(i).starts_with("\\\"") && rest.find('"', i + 2) != rest.npos;
        if (is_escape) {
            ++i;
        } else if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        value.push_back(rest[i]);
    }
    return bad_syntax("a quoted value does not end");
}

Result<std::string> take_value(std::string_view& rest) {
    if (rest.starts_with('"')) return take_quoted(rest);
    auto const bare = take_until(rest, "; \t\"");
    if (bare.empty()) return bad_syntax("a parameter has no value");
    return std::string(bare);
}

Result<HeaderValue::Parameter> take_parameter(std::string_view& rest) {
    auto const name = take_until(rest, "=; \t");
    skip_blanks(rest);
    if (!is_token(name)) return bad_syntax("a parameter has no valid name");
    if (!rest.starts_with('=')) return bad_syntax("a parameter has no '='");
    rest.remove_prefix(1);
    skip_blanks(rest);
    TRY(auto value, take_value(rest));
    return HeaderValue::Parameter{.name = ascii_lower(name), .value = std::move(value)};
}

}  // namespace

Result<HeaderValue> parse_header_value(std::string_view text) {
    auto rest = text;
    HeaderValue parsed{.word = ascii_lower(trim_blanks(take_until(rest, ";"))), .parameters = {}};
    while (!rest.empty()) {
        if (rest.front() != ';') return bad_syntax("something follows a value before the next ';'");
        rest.remove_prefix(1);
        skip_blanks(rest);
        if (rest.empty() || rest.front() == ';') continue;
        TRY(auto parameter, take_parameter(rest));
        parsed.parameters.push_back(std::move(parameter));
        skip_blanks(rest);
    }
    return parsed;
}

Result<std::optional<std::string>> HeaderValue::find(std::string_view name) const {
    std::optional<std::string> found;
    for (auto const& parameter : parameters) {
        if (parameter.name != name) continue;
        if (found) return bad_syntax(fmt::format("'{}' comes twice", name));
        found = parameter.value;
    }
    return found;
}

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool is_alphanumeric_or(std::string_view marks, std::string_view text) {
    return std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.contains(c);
    });
}

bool is_token(std::string_view text) {
    return !text.empty() && is_alphanumeric_or("!#$%&'*+-.^_`|~", text);
}

}  // namespace filegate::net
