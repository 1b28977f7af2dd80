#include "net/router.hpp"

#include "net/url.hpp"

namespace filegate::net {
namespace {

bool is_placeholder(std::string_view segment) {
    return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

// Takes the first segment off `path`, which begins with '/'.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// The decoded segments; none when the path does not begin with '/' or has a bad escape.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
    if (!path.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    while (!path.empty()) {
        auto decoded = percent_decode(take_segment(path));
        if (!decoded) return std::nullopt;
        segments.push_back(*std::move(decoded));
    }
    return segments;
}

bool matches(std::string_view pattern, std::span<std::string const> segments) {
    for (auto const& segment : segments) {
        if (pattern.empty()) return false;
        auto const wanted = take_segment(pattern);
        if (is_placeholder(wanted) ? segment.empty() : segment != wanted) return false;
    }
    return pattern.empty();
}

std::vector<std::string> values_of(std::string_view pattern, std::span<std::string> segments) {
    std::vector<std::string> values;
    for (auto& segment : segments) {
        if (is_placeholder(take_segment(pattern))) values.push_back(std::move(segment));
    }
    return values;
}

void add_method(std::string& allow, std::string_view method) {
    // No method's name is part of another's, so a plain search tells whether it is there.
    if (allow.contains(method)) return;
    if (!allow.empty()) allow += ", ";
    allow += method;
}

}  // namespace

RouteMatch match_route(std::span<RoutePattern const> table, std::string_view method,
                       std::string_view path) {
    RouteMatch match;
    auto segments = segments_of(path);
    if (!segments) return match;
    std::optional<std::size_t> get_row;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (!matches(table[i].path, *segments)) continue;
        if (table[i].method == method) {
            match.kind = RouteMatch::Kind::found;
            match.index = i;
            match.values = values_of(table[i].path, *segments);
            match.allow.clear();
            return match;
        }
        match.kind = RouteMatch::Kind::wrong_method;
        add_method(match.allow, table[i].method);
        if (table[i].method != "GET") continue;
        add_method(match.allow, "HEAD");
        if (!get_row) get_row = i;
    }
    if (method == "HEAD" && get_row) {
        return {.kind = RouteMatch::Kind::found,
                .index = *get_row,
                .values = values_of(table[*get_row].path, *segments),
                .allow = {}};
    }
    return match;
}

}  // namespace filegate::net
