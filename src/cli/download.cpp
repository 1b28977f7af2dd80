#include "cli/download.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

std::unexpected<Error> refuse(std::string_view doing, std::string const& path) {
    auto const is_full = errno == ENOSPC || errno == EDQUOT;
    return fail(is_full ? ErrorCode::store_full : ErrorCode::storage_error,
                fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno)));
}

std::unexpected<Error> exists_already(std::string const& path) {
    return fail(ErrorCode::validation_failed,
                fmt::format("{} exists already; --force overwrites it, -o names another", path));
}

}  // namespace

Result<Download> Download::begin(std::string path, Overwrite overwrite) {
    if (overwrite == Overwrite::refused &&
        faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return exists_already(path);
    }
    auto const part = path + ".part";
    // What a former download left is taken over; a link is not followed.
    int const descriptor =
        open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) return refuse("create", part);
    return Download(descriptor, std::move(path), overwrite);
}

Download::Download(Download&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      overwrite_(other.overwrite_) {}

Download::~Download() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    unlink(part_path().c_str());
}

Result<void> Download::write(std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse("write", part_path());
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> Download::keep() {
    if (fsync(descriptor_) != 0) return refuse("flush", part_path());
    // The kernel refuses to replace what came into being meanwhile.
    auto const flags = overwrite_ == Overwrite::refused ? RENAME_NOREPLACE : 0U;
    if (renameat2(AT_FDCWD, part_path().c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
        if (errno == EEXIST) return exists_already(path_);
        return refuse("rename to", path_);
    }
    close(std::exchange(descriptor_, -1));
    return {};
}

std::string local_name(std::string_view name) {
    auto const cut = name.find_last_of("/\\");
    if (cut != std::string_view::npos) name.remove_prefix(cut + 1);
    auto out = observe::printable(name);
    // A hidden file, or the folder itself or its parent, is never what somebody asked for.
    out.erase(0, std::min(out.find_first_not_of('.'), out.size()));
    std::erase(out, '\\');
    if (out.starts_with('-')) out.insert(0, "_");
    return out.substr(0, 200);
}

}  // namespace filegate::cli
