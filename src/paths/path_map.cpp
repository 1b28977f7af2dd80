// A path is split at '/', empty components and '.' dropped. On a drive ("C:\x", "c:/x") backslashes
// are separators, too; elsewhere they are characters of a name, as on every Unix.

#include "paths/path_map.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace filegate::paths {
namespace {

using Components = std::vector<std::string>;

std::unexpected<Error> misconfigured(std::string_view key, std::string message) {
    return fail(Error{.code = ErrorCode::configuration_error,
                      .message = fmt::format("{}: {}", key, message),
                      .param = std::string(key)});
}

std::unexpected<Error> no_path(std::string message) {
    return fail(
        Error{.code = ErrorCode::invalid_path, .message = std::move(message), .param = "path"});
}

Components split(std::string_view path, std::string_view separators) {
    Components components;
    while (!path.empty()) {
        auto const end = std::min(path.find_first_of(separators), path.size());
        auto const component = path.substr(0, end);
        if (!component.empty() && component != ".") components.emplace_back(component);
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return components;
}

bool begins_with(Components const& path, Components const& root) {
    return path.size() >= root.size() && std::equal(root.begin(), root.end(), path.begin());
}

std::optional<char> drive_letter(std::string_view text) {
    if (text.size() < 3 || text[1] != ':') return std::nullopt;
    auto const letter = text[0];
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 'A');
    if (letter >= 'A' && letter <= 'Z') return letter;
    return std::nullopt;
}

// Absolute, and without `..`, which would make its components lie.
Result<Components> configured_folder(std::string_view key, std::string_view folder) {
    auto components = split(folder, "/");
    if (!folder.starts_with('/') || folder.contains('\0') ||
        std::ranges::find(components, "..") != components.end()) {
        return misconfigured(key, fmt::format("'{}' is not an absolute folder", folder));
    }
    return components;
}

std::string joined(Components::const_iterator begin, Components::const_iterator end) {
    std::string text;
    for (auto component = begin; component != end; ++component)
        text += (text.empty() ? "" : "/") + *component;
    return text.empty() ? "." : text;
}

}  // namespace

Result<PathMap> PathMap::make(PathOptions const& options) {
    PathMap map;
    for (auto const& root : options.roots) {
        TRY(auto components, configured_folder("paths.roots", root));
        if (components.empty()) {
            return misconfigured("paths.roots", "'/' is the whole machine; name folders of it");
        }
        map.roots_.push_back(root);
        map.split_roots_.push_back({std::move(components)});
    }
    for (auto const& mapping : options.drive_mappings) {
        auto const letter = drive_letter(mapping);
        if (!letter) {
            return misconfigured("paths.drive_mappings",
                                 fmt::format("'{}' is not of the form C:/folder", mapping));
        }
        TRY(auto folder, configured_folder("paths.drive_mappings", mapping.substr(2)));
        if (std::ranges::find(map.drives_, *letter, &Drive::letter) != map.drives_.end()) {
            return misconfigured("paths.drive_mappings",
                                 fmt::format("drive {}: is mapped twice", *letter));
        }
        map.drives_.push_back({.letter = *letter, .components = std::move(folder)});
    }
    return map;
}

// Nothing: not absolute, or on a drive that is not mapped.
std::optional<Components> PathMap::components_of(std::string_view path) const {
    if (path.starts_with('/')) return split(path, "/");
    auto const letter = drive_letter(path);
    if (!letter || (path[2] != '/' && path[2] != '\\')) return std::nullopt;
    auto const drive = std::ranges::find(drives_, *letter, &Drive::letter);
    if (drive == drives_.end()) return std::nullopt;
    auto components = drive->components;
    for (auto& component : split(path.substr(2), "/\\"))
        components.push_back(std::move(component));
    return components;
}

Result<PathMap::Place> PathMap::find(std::string_view path) const {
    if (roots_.empty()) {
        return no_path(
            "server-side paths are switched off; send the file itself, or have the "
            "operator name folders in paths.roots");
    }
    if (path.empty()) return no_path("the path is empty");
    if (path.size() > path_bytes_max) {
        return no_path(fmt::format("the path has {} bytes; at most {} are taken", path.size(),
                                   path_bytes_max));
    }
    if (path.contains('\0')) return no_path("the path holds a zero byte");
    auto const components = components_of(path);
    if (!components) return fail(outside_of_roots());
    std::optional<std::size_t> longest;
    for (std::size_t i = 0; i < split_roots_.size(); ++i) {
        auto const& root = split_roots_[i].components;
        if (!begins_with(*components, root)) continue;
        if (!longest || root.size() > split_roots_[*longest].components.size()) longest = i;
    }
    if (!longest) return fail(outside_of_roots());
    auto const depth = static_cast<std::ptrdiff_t>(split_roots_[*longest].components.size());
    auto below = joined(components->begin() + depth, components->end());
    // A name that ends with a separator is a folder's, and must not become a file's.
    if (path.ends_with('/') && below != ".") below += '/';
    return Place{.root = *longest, .below = std::move(below)};
}

Error outside_of_roots() {
    return {.code = ErrorCode::invalid_path,
            .message =
                "the path does not lead to a file below a folder that is open to callers; "
                "name a file below one, or send the file itself",
            .param = "path"};
}

}  // namespace filegate::paths
