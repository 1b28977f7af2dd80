// [paths]: roots must be there before anybody serves, and hold nothing of the gateway's own.

#include <fmt/format.h>

#include "config/loading.hpp"
#include "paths/path_calls.hpp"

namespace filegate::config {
namespace {

// As far as the folders exist, links are followed.
std::filesystem::path true_place(std::filesystem::path const& path) {
    std::error_code ignored;
    auto const absolute = std::filesystem::absolute(path, ignored);
    auto const place = std::filesystem::weakly_canonical(absolute, ignored);
    return (place.empty() ? absolute : place) / "";
}

bool is_within(std::filesystem::path const& path, std::filesystem::path const& folder) {
    return true_place(path).native().starts_with(true_place(folder).native());
}

// By their text alone, as paths are mapped.
bool lie_one_in_the_other(std::filesystem::path const& a, std::filesystem::path const& b) {
    auto const first = (a / "").lexically_normal().native();
    auto const second = (b / "").lexically_normal().native();
    return first.starts_with(second) || second.starts_with(first);
}

// paths/ puts the key before its messages, and so do problems.
std::string without_key(Error const& error) {
    return error.message.substr(error.param.size() + 2);
}

}  // namespace

void Loading::check_paths() {
    paths::PathOptions usable;
    // What does not fit is told and left out, so that what stands behind it is looked at, too.
    auto const fits = [&](std::vector<std::string>& among, std::string const& one) {
        among.push_back(one);
        auto const map = paths::PathMap::make(usable);
        if (map) return true;
        among.pop_back();
        problem(map.error().param, without_key(map.error()));
        return false;
    };
    for (auto const& root : settings_.paths.roots) {
        if (!fits(usable.roots, root)) continue;
        if (auto const opened = paths::open_root(root); !opened) {
            server_problem(opened.error().param, without_key(opened.error()));
        }
    }
    for (auto const& mapping : settings_.paths.drive_mappings)
        fits(usable.drive_mappings, mapping);
    check_drives(usable);
    check_own_files();
    if (is_paths_switch_on_ && settings_.paths.roots.empty()) {
        problem("EX_ALLOW_EXTERNAL_PATHS",
                "opens nothing, since no folder is named; name them in "
                "EX_ALLOWED_EXTERNAL_PREFIXES",
                true);
    }
}

void Loading::check_drives(paths::PathOptions const& usable) {
    for (auto const& mapping : usable.drive_mappings) {
        auto const folder = mapping.substr(2);
        auto const meets = [&](std::string const& root) {
            return lie_one_in_the_other(root, folder);
        };
        if (std::ranges::any_of(usable.roots, meets)) continue;
        problem("paths.drive_mappings",
                fmt::format("'{}' leads below none of paths.roots: every path on {}: is refused",
                            mapping, mapping.front()),
                true);
    }
}

// Callers may read what lies below a root: never the gateway's own folder or a secret.
void Loading::check_own_files() {
    std::vector<std::filesystem::path> own{settings_.data_folder, settings_.tokens.secret_file,
                                           settings_.tls.key};
    for (auto const& account : settings_.accounts)
        own.emplace_back(account.api_key_file);
    for (auto const& root : settings_.paths.roots) {
        for (auto const& path : own) {
            if (path.empty() || (!is_within(path, root) && !is_within(root, path))) continue;
            problem("paths.roots",
                    fmt::format("\"{}\" and {} lie one in the other, and no caller may read the "
                                "latter; keep them apart",
                                root, path.string()));
        }
    }
}

}  // namespace filegate::config
