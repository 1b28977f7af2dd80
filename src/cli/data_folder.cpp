#include "cli/data_folder.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/progress.hpp"

namespace filegate::cli {
namespace {

using State = Finding::State;
namespace fs = std::filesystem;

constexpr std::uint64_t free_bytes_min = 16 << 20;  // the catalog itself needs some

std::string word_of(int error) {
    return std::generic_category().message(error);
}

void look_at_space(FolderFacts& facts) {
    struct statvfs space{};
    if (::statvfs(facts.nearest.c_str(), &space) != 0) return;
    facts.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
    facts.has_free_names = space.f_files == 0 || space.f_favail > 0;
}

std::string digits_of(int file) {
    std::array<char, 20> text{};
    auto const count = ::pread(file, text.data(), text.size(), 0);
    std::string digits;
    for (auto const c :
         std::span(text).first(static_cast<std::size_t>(std::max<ssize_t>(count, 0)))) {
        if (c < '0' || c > '9') break;
        digits += c;
    }
    return digits;
}

// Whoever has the folder holds an exclusive lock on this file, and has written its process id into
// it. Ours is shared and ends with the descriptor, at once, so that nobody is kept out.
void look_at_lock(FolderFacts& facts) {
    auto const file = ::open((facts.path / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    if (::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        facts.is_held = true;
        facts.holder = digits_of(file);
    }
    ::close(file);
}

std::string usability(FolderFacts const& facts) {
    auto const path = facts.path.string();
    if (!facts.exists) return fmt::format("{} will be made by `filegate serve`", path);
    if (!facts.is_held) return fmt::format("{} is usable, and no gateway uses it", path);
    auto const holder = facts.holder.empty() ? "of unknown id" : facts.holder;
    return fmt::format("{} is usable, and in use by process {}", path, holder);
}

Finding folder_finding(FolderFacts const& facts) {
    Finding finding{.part = "data folder", .category = ErrorCategory::storage};
    if (facts.problem.empty()) {
        finding.what = usability(facts);
        return finding;
    }
    finding.state = State::unwell;
    auto const where = facts.exists ? "" : fmt::format(" made in {}", facts.nearest.string());
    finding.what = fmt::format(
        "{} cannot be {}: {}; name another with --data, or give this user the right to write "
        "there",
        facts.path.string(), where.empty() ? "written" : where.substr(1), facts.problem);
    return finding;
}

Finding space_finding(FolderFacts const& facts, std::uint64_t file_bytes_max) {
    Finding finding{.part = "disk space", .category = ErrorCategory::storage};
    if (!facts.free_bytes) {
        finding.state = State::skipped;
        finding.what = "how much is free cannot be told";
        return finding;
    }
    auto const free = *facts.free_bytes;
    finding.what = human_size(free) + " free";
    if (!facts.has_free_names || free < free_bytes_min) {
        finding.state = State::unwell;
        finding.what = facts.has_free_names ? finding.what + "; uploads fail until there is more"
                                            : "no file can be made any more: no free inodes";
    } else if (free < file_bytes_max) {
        finding.state = State::impaired;
        finding.what += fmt::format(", less than the largest file that is taken ({})",
                                    human_size(file_bytes_max));
    }
    return finding;
}

}  // namespace

FolderFacts look_at_data_folder(fs::path const& folder) {
    std::error_code trouble;
    FolderFacts facts{.path = fs::absolute(folder, trouble).lexically_normal()};
    facts.nearest = facts.path;
    while (::access(facts.nearest.c_str(), F_OK) != 0 && facts.nearest.has_relative_path()) {
        facts.nearest = facts.nearest.parent_path();
    }
    facts.exists = facts.nearest == facts.path;
    if (!fs::is_directory(facts.nearest, trouble)) {
        facts.problem = word_of(trouble ? trouble.value() : ENOTDIR);
        return facts;
    }
    if (::access(facts.nearest.c_str(), W_OK | X_OK) != 0) facts.problem = word_of(errno);
    look_at_space(facts);
    look_at_lock(facts);
    return facts;
}

std::vector<Finding> folder_findings(FolderFacts const& facts, std::uint64_t file_bytes_max) {
    return {folder_finding(facts), space_finding(facts, file_bytes_max)};
}

}  // namespace filegate::cli
