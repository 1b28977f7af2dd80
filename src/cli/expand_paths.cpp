#include "cli/expand_paths.hpp"

#include <algorithm>
#include <filesystem>
#include <glob.h>

#include <fmt/format.h>

namespace filegate::cli {
namespace {

namespace fs = std::filesystem;

constexpr int depth_max = 64;

ExpandedPath refused(std::string path, std::string message) {
    return {std::move(path), Error{.code = ErrorCode::invalid_path, .message = std::move(message)}};
}

// Empty: nothing matches. A pattern is only looked at when no file has that very name.
std::vector<std::string> matches(std::string const& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i)
            paths.emplace_back(found.gl_pathv[i]);
    }
    globfree(&found);
    return paths;
}

bool is_hidden(fs::path const& path) {
    return path.filename().string().starts_with('.');
}

void add_folder(std::string const& folder, std::vector<ExpandedPath>& out) {
    std::error_code trouble;
    std::vector<std::string> files;
    fs::recursive_directory_iterator entry(folder, trouble);
    for (; !trouble && entry != fs::recursive_directory_iterator(); entry.increment(trouble)) {
        std::error_code unknown;
        if (is_hidden(entry->path()) || entry.depth() >= depth_max) {
            entry.disable_recursion_pending();
        } else if (entry->symlink_status(unknown).type() == fs::file_type::regular) {
            files.push_back(entry->path().string());
        }
        if (out.size() + files.size() > expanded_paths_max) break;
    }
    std::ranges::sort(files);
    for (auto& file : files)
        out.push_back({std::move(file), std::nullopt});
    if (trouble) {
        out.push_back(refused(folder, "cannot be read to its end: " + trouble.message()));
    } else if (files.empty()) {
        out.push_back(refused(folder, "is a folder without files"));
    }
}

void add_one(std::string const& path, Folders folders, std::vector<ExpandedPath>& out) {
    std::error_code trouble;
    if (!fs::is_directory(path, trouble)) {
        out.push_back({path, std::nullopt});
    } else if (folders == Folders::recursive) {
        add_folder(path, out);
    } else {
        out.push_back(refused(path, "is a folder; --recursive takes what is in it"));
    }
}

}  // namespace

std::vector<ExpandedPath> expand_paths(std::vector<std::string> const& paths, Folders folders) {
    std::vector<ExpandedPath> out;
    for (auto const& path : paths) {
        std::error_code trouble;
        auto const is_pattern = path != "-" && path.find_first_of("*?[") != std::string::npos &&
                                !fs::exists(fs::symlink_status(path, trouble));
        if (!is_pattern) {
            add_one(path, folders, out);
        } else {
            auto const found = matches(path);
            if (found.empty()) out.push_back(refused(path, "matches nothing"));
            for (auto const& one : found)
                add_one(one, folders, out);
        }
        if (out.size() > expanded_paths_max) {
            out.resize(expanded_paths_max);
            out.push_back(refused(
                path, fmt::format("makes more than {} files; name fewer", expanded_paths_max)));
            break;
        }
    }
    return out;
}

}  // namespace filegate::cli
