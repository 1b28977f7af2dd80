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

using Segments = std::vector<Result<std::string>>;

// Decoded as far as they can be; none when the path does not begin with '/'.
Segments segments_of(std::string_view path) {
    Segments segments;
    if (!path.starts_with('/')) return segments;
    while (!path.empty())
        segments.push_back(percent_decode(take_segment(path)));
    return segments;
}

// A placeholder takes what cannot be decoded, too: its row is the one to complain.
bool matches(std::string_view pattern, Segments const& segments) {
    for (auto const& segment : segments) {
        if (pattern.empty()) return false;
        auto const wanted = take_segment(pattern);
        auto const fits =
            is_placeholder(wanted) ? !segment || !segment->empty() : segment && *segment == wanted;
        if (!fits) return false;
    }
    return pattern.empty();
}

RouteMatch found(std::size_t index, std::string_view pattern, Segments segments) {
    RouteMatch match{.kind = RouteMatch::Kind::found, .index = index};
    for (auto& segment : segments) {
        auto const name = take_segment(pattern);
        if (!is_placeholder(name)) continue;
        if (segment) {
            match.values.push_back(*std::move(segment));
            continue;
        }
        match.kind = RouteMatch::Kind::bad_value;
        match.problem = std::move(segment).error();
        match.problem->param = name.substr(1, name.size() - 2);
        return match;
    }
    return match;
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
    if (segments.empty()) return match;
    std::optional<std::size_t> get_row;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (!matches(table[i].path, segments)) continue;
        if (table[i].method == method) return found(i, table[i].path, std::move(segments));
        match.kind = RouteMatch::Kind::wrong_method;
        add_method(match.allow, table[i].method);
        if (table[i].method != "GET") continue;
        add_method(match.allow, "HEAD");
        if (!get_row) get_row = i;
    }
    if (method == "HEAD" && get_row) {
        return found(*get_row, table[*get_row].path, std::move(segments));
    }
    return match;
}

}  // namespace filegate::net
